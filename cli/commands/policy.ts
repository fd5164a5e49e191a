import { type Env, parseEnv } from "@/lib/env";
import { type Lifetimes, policy } from "@/lib/session/policy";
import { ENGLISH } from "@/lib/words";

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
  const { standard, publicComputer, administrator, demonstration } = policy(settings);

  return `# Session policy

For operators and auditors: how long a session lives, what counts as use, and where the limits come from. \`npm run policy\`
prints this page for the settings in force (preset \`${settings.SESSION_PRESET}\`).

| session | idle timeout | absolute timeout | use is recorded every | settings |
| --- | --- | --- | --- | --- |
${row("of a user", standard, "SESSION")}
${row("on a public computer", publicComputer, "PUBLIC_COMPUTER")}
${row("of an administrator", administrator, "ADMINISTRATOR")}
${row("for a demonstration", demonstration, null)}

The settings are named \`…_IDLE_LIFETIME\`, \`…_TOTAL_LIFETIME\` and \`…_TOUCH_INTERVAL\`. A session to which several
rows apply, such as an administrator's on a public computer, gets the shortest of each.

## What counts

- A session begins with a log-in, under a new token. It ends at its idle timeout, or at its absolute timeout however
  much it is used. It also ends when the user logs out, revokes it from another browser or changes the password in
  another browser, and when an administrator ends it or disables the account.
- On the page "How your session works" users can start a second session, to see that the server refuses its copied
  cookie once it is logged out. It needs no password and has no recent confirmation. Each user has at most one. It
  never makes another session end, and is the first to end at the limit.
- Only the database's clock decides, not that of a browser or another machine.
- Opening a private page or sending its form is use. Prefetches and the background requests of an open page are not,
  except those with the cookie of a demonstration.
  Two minutes before the idle timeout, an open page asks whether the user is still there.
- Use is recorded once per interval. So a session may expire up to one interval earlier than its last use would
  allow, but never later.
- An expired session is refused at once. A sweep, every ${ENGLISH.duration(settings.SWEEP_INTERVAL)} (\`SWEEP_INTERVAL\`), deletes its row and writes a line
  in the ledger.
- A user may have at most ${settings.MAX_SESSIONS} sessions (\`MAX_SESSIONS\`), each with its own lifetimes. At the limit,
  ${AT_LIMIT[settings.AT_MAX_SESSIONS]} (\`AT_MAX_SESSIONS=${settings.AT_MAX_SESSIONS}\`).
- Sensitive actions require a confirmation, unless the user gave one in the last ${ENGLISH.duration(settings.CONFIRM_LIFETIME)} (\`CONFIRM_LIFETIME\`): the
  password, a code or a passkey. Changes of a second factor need a session with that factor. Each sensitive action
  restarts that period. A confirmation gives the session a new token.
- ${BINDING[settings.DEVICE_BINDING]} (\`DEVICE_BINDING=${settings.DEVICE_BINDING}\`). A bound session needs a proof of its browser that is at most
  ${ENGLISH.duration(settings.PROOF_LIFETIME)} old (\`PROOF_LIFETIME\`), which the browser renews by itself. Without one, the user confirms by the
  password, a code or a passkey; with a second factor, the password alone is not enough.
  A copied cookie ${COPIED[settings.ON_COPIED_COOKIE ?? "default"]} (\`ON_COPIED_COOKIE\`).
- ${rotation(settings)}
- Behind a proxy that uses forward authentication, each request to an application is use, including its background
  requests. So a page that polls keeps its session until the absolute timeout. A socket or stream that is open when the
  session ends stays open, because the proxy only checks when it is opened. Remedies:
  docs/protect-an-application.md, "Sockets, streams and polling".
- Sessions are not shared with other applications, nor taken over from an identity provider.

## Where the numbers come from

The presets (\`SESSION_PRESET\`) keep the limits of NIST SP 800-63B-4 for each authenticator assurance level:

| preset | source | absolute timeout | idle timeout |
| --- | --- | --- | --- |
| \`aal1\` | §2.1.3 | at most 30 days | no limit |
| \`aal2\` | §2.2.3 | at most 24 hours | at most 1 hour |
| \`aal3\` | §2.3.3 | at most 12 hours | at most 15 minutes |

Keeping a level's lifetimes does not reach that level: with a password alone, authentication is at AAL1.
With a code or a passkey it can reach AAL2, where \`SECOND_FACTOR\` requires one.`;
}

const BINDING = {
  off: "No session is bound to a device",
  prefer: "Sessions are bound to a key of the device in browsers that can do it",
  require:
    "Sessions are bound to a key of the device in browsers that can do it, and administrators need such a session",
};

const COPIED = {
  refuse: "is refused, and its session goes on",
  end: "ends its session",
  default: "is refused, and its session goes on; that of an administrator ends",
};

/** When cookies rotate, as a sentence for the list. */
function rotation({ TOKEN_ROTATION }: Env): string {
  if (TOKEN_ROTATION === 0)
    return "No cookie rotates (`TOKEN_ROTATION=0`): the copied cookie of a session that is not bound works until the session ends.";
  return `The browser of a session that is not bound gets a new cookie after ${ENGLISH.duration(TOKEN_ROTATION)} of use (\`TOKEN_ROTATION\`). Once the new
  one was used for a minute, a request with an earlier one ends the session, and its owner gets an email: two browsers use
  one log-in.`;
}

const AT_LIMIT = {
  oldest: "the next log-in ends the least recently used session",
  refuse: "the next log-in is refused",
  choose: "the next log-in asks which sessions to end",
};

function row(title: string, { idle, total, touch }: Lifetimes, settings: string | null): string {
  const [unused, inAnyCase, recorded] = [idle, total, touch].map((milliseconds) => ENGLISH.duration(milliseconds));
  return `| ${title} | ${unused} | ${inAnyCase} | ${recorded} | ${settings ? `\`${settings}_…\`` : "none"} |`;
}
