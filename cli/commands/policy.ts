import { type Env, parseEnv } from "@/lib/env";
import { describeLength } from "@/lib/session/ending";
import { type Lifetimes, policy } from "@/lib/session/policy";

/** `npm run policy`: prints the current session policy as a document. */
export async function main(): Promise<void> {
  console.log(policyDocument(settingsOfPolicy()));
}

/** The current settings. The policy needs neither a database nor a secret, so placeholders stand in for missing ones. */
export function settingsOfPolicy(): Env {
  const { DATABASE_URL = "", SESSION_SECRET = "" } = process.env;
  const unneeded = {
    DATABASE_URL: DATABASE_URL || "postgresql://localhost/none",
    SESSION_SECRET: SESSION_SECRET || "x".repeat(32),
  };
  return parseEnv({ ...process.env, ...unneeded });
}

/** The policy that results from the settings, in Markdown. Required by OWASP ASVS 7.1.1, 7.1.2 and 7.1.3. */
export function policyDocument(settings: Env): string {
  const { standard, publicComputer, administrator } = policy(settings);

  return `# Session policy

What \`npm run policy\` prints for the settings in force (preset \`${settings.SESSION_PRESET}\`).

| session | ends unused for | ends in any case after | use is recorded every | settings |
| --- | --- | --- | --- | --- |
${row("of a user", standard, "SESSION")}
${row("on a public computer", publicComputer, "PUBLIC_COMPUTER")}
${row("of an administrator", administrator, "ADMINISTRATOR")}

The settings are named \`…_IDLE_LIFETIME\`, \`…_TOTAL_LIFETIME\` and \`…_TOUCH_INTERVAL\`. An administrator on a
public computer gets the shorter of each.

## What counts

- A session begins with a log-in, under a new token. It ends when it has been unused for its idle lifetime, when it
  reaches its total lifetime however much it is used, when the person logs out or signs it out from elsewhere, or when
  the password changes. While the account is disabled, it is refused.
- The database's clock decides. Nothing that a browser or another machine believes the time to be matters.
- Opening a private page and sending its form is use. Fetching a page in advance, and what an open page
  asks for by itself, is not. Two minutes before it ends unused, an open page asks whether somebody is there.
- Use is recorded once an interval, so a session may end that much earlier than its idle lifetime after the very last
  click, and never later.
- What is over is refused at once. Its row is deleted by a sweep, every ${describeLength(settings.SWEEP_INTERVAL / 1000)} (\`SWEEP_INTERVAL\`), with a line in the
  ledger.
- A user may have ${settings.MAX_SESSIONS} sessions at a time (\`MAX_SESSIONS\`), each with its own lifetimes. At the limit, ${AT_LIMIT[settings.AT_MAX_SESSIONS]}
  (\`AT_MAX_SESSIONS=${settings.AT_MAX_SESSIONS}\`).
- What is sensitive asks for the password, unless it was entered in the last ${describeLength(settings.CONFIRM_LIFETIME / 1000)} (\`CONFIRM_LIFETIME\`); each such
  act starts the time anew. The session gets a new token then.
- Behind a proxy that asks Latchkey, each request to an application is use of the session, also one that its page makes
  by itself: a page that polls keeps its session to its total lifetime. A socket or a stream of an application that is
  open when its session ends stays open, because the proxy asks when it is opened. What helps:
  docs/protect-an-application.md.
- No session is shared with another application, and none is taken over from an identity provider.

## Where the numbers come from

The presets (\`SESSION_PRESET\`) keep the limits of NIST SP 800-63B-4 for each authenticator assurance level:

| preset | source | total lifetime | idle lifetime |
| --- | --- | --- | --- |
| \`aal1\` | §2.1.3 | 30 days at most | none asked for |
| \`aal2\` | §2.2.3 | 24 hours at most | 1 hour at most |
| \`aal3\` | §2.3.3 | 12 hours at most | 15 minutes at most |

Keeping the lifetimes of a level does not reach it: with a password alone, authentication is at AAL1.`;
}

const AT_LIMIT = {
  oldest: "the next log-in ends the one used longest ago",
  refuse: "the next log-in is refused",
  choose: "the next log-in asks which to end",
};

function row(title: string, { idle, total, touch }: Lifetimes, settings: string): string {
  const [unused, inAnyCase, recorded] = [idle, total, touch].map((milliseconds) => describeLength(milliseconds / 1000));
  return `| ${title} | ${unused} | ${inAnyCase} | ${recorded} | \`${settings}_…\` |`;
}
