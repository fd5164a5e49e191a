import { useDatabase, withDatabase } from "@/cli/connect";
import { countInWords } from "@/lib/capped-count";
import { clock, db, isOutage } from "@/lib/db";
import { DAY, type Env, MINUTE, parseEnv } from "@/lib/env";
import { secretInUseSince } from "@/lib/ledger/store";
import { queueState } from "@/lib/mail/queue";
import { cookieAttributes, cookieName, newestSecretNumber } from "@/lib/session/cookie";
import { countUnusablePasswords, hasAdministrator } from "@/lib/users/directory";
import { migrationStatus } from "@/prisma/migrate";

/** What one examination found: `bad` needs to be mended, `note` is worth knowing. */
type Finding = { state: "good" | "note" | "bad"; text: string };

const SIGNS = { good: "✓", note: "·", bad: "✗" };

/** A secret older than this should be replaced. */
const OLD_SECRET = 365 * DAY;

/** The database's clock decides; with a difference of more than this the times that pages show mislead. */
const CLOCK_DIFFERENCE = 5000;

/** A mail that has waited for longer than this is late, in minutes. */
const LATE_MAIL = 5;

/**
 * `npm run doctor`: examines settings, secret, database, migrations, clock and
 * cookie, prints what it finds and what to do about it, and exits with 1 when
 * something has to be done.
 */
export async function main(): Promise<void> {
  const diagnosis = await diagnose();
  for (const line of describeDiagnosis(diagnosis)) console.log(line);
  process.exit(diagnosis.isWell ? 0 : 1);
}

/** All that was found, and whether nothing of it has to be mended. */
type Diagnosis = { isWell: boolean; findings: Finding[] };

/** Examines everything. Whatever goes wrong is a finding too. */
export async function diagnose(): Promise<Diagnosis> {
  const findings: Finding[] = [];
  try {
    await withDatabase(async (url) => {
      useDatabase(url);
      for await (const finding of examine()) findings.push(finding);
    });
  } catch (error) {
    findings.push({ state: "bad", text: error instanceof Error ? error.message : String(error) });
  }
  return { isWell: findings.every(({ state }) => state !== "bad"), findings };
}

/** What was found, in words. */
export function describeDiagnosis({ isWell, findings }: Diagnosis): string[] {
  return [
    ...findings.map(({ state, text }) => `${SIGNS[state]} ${text}`),
    "",
    isWell ? "Nothing has to be done." : "Something has to be done: see the lines with ✗.",
  ];
}

/** One finding after the other. What depends on one that is bad is not looked at. */
async function* examine(): AsyncGenerator<Finding> {
  const settings = parseEnv(process.env);
  yield { state: "good", text: "The settings can be used." };
  yield* examineSecrets(settings);
  yield examineCookie(settings);
  yield* examineApplications(settings);

  const database = await examineDatabase();
  yield database;
  if (database.state === "bad") return;
  yield await examineClock();
  yield await examineStyle();

  const migrations = await examineMigrations(settings);
  yield migrations;
  if (migrations.state === "bad") return;
  yield await examineAdministrators();
  yield* await examinePasswords();
  yield await examineSecretAge();
  yield await examineMail(settings);
}

function examineSecrets({ SESSION_SECRET }: Env): Finding[] {
  const repetitive = SESSION_SECRET.filter((secret) => new Set(secret).size < 12);
  return [
    repetitive.length > 0
      ? {
          state: "bad",
          text: "SESSION_SECRET has too few different characters to be random. Make one: openssl rand -base64 33",
        }
      : {
          state: "good",
          text: `SESSION_SECRET is long enough (${SESSION_SECRET.map(({ length }) => length).join(", ")} characters).`,
        },
    ...(SESSION_SECRET.length > 2
      ? [
          {
            state: "note" as const,
            text: `SESSION_SECRET lists ${SESSION_SECRET.length} secrets. One whose cookies have all ended can go.`,
          },
        ]
      : []),
  ];
}

function examineCookie({ APP_URL, COOKIE_DOMAIN }: Env): Finding {
  const { secure } = cookieAttributes({ publicComputer: false, role: "user" });
  const whose = COOKIE_DOMAIN ? `every host of ${COOKIE_DOMAIN}` : APP_URL.origin;
  const text = `The cookie is ${cookieName()}, HttpOnly, SameSite=Lax${secure ? ", Secure" : ""}, for ${whose}.`;
  if (secure) return { state: "good", text };
  return { state: "note", text: `${text} It may go over plain http, which is fine on this machine alone.` };
}

/** Whether what the rules name can be logged in to, and come back to. */
function examineApplications({
  APP_URL,
  VERIFY_RULES,
  COOKIE_DOMAIN,
  ALLOWED_RETURN_HOSTS,
  TRUSTED_PROXIES,
}: Env): Finding[] {
  if (!VERIFY_RULES) {
    if (!COOKIE_DOMAIN) return [];
    return [{ state: "note", text: "VERIFY_RULES is not set: everybody with an account may use every application." }];
  }

  const hosts = [...new Set(VERIFY_RULES.map(({ host }) => host))].filter((host) => host !== APP_URL.hostname);
  const returnHosts = ALLOWED_RETURN_HOSTS.map((host) => host.replace(/:\d+$/, ""));
  const withoutCookie = hosts.filter((host) => !COOKIE_DOMAIN || !`.${host}`.endsWith(`.${COOKIE_DOMAIN}`));
  const withoutReturn = hosts.filter((host) => !returnHosts.some((entry) => covers(entry, host)));

  const findings: Finding[] = [];
  const say = (text: string) => findings.push({ state: "bad", text: `VERIFY_RULES is set, but ${text}` });
  if (withoutCookie.length > 0)
    say(
      `the browser does not send the cookie to ${withoutCookie.join(", ")}: nobody can use that. Set COOKIE_DOMAIN to a domain above.`,
    );
  if (withoutReturn.length > 0)
    say(
      `logging in does not lead back to ${withoutReturn.join(", ")}. Add to ALLOWED_RETURN_HOSTS, with the port if it is not the usual one.`,
    );
  if (TRUSTED_PROXIES.length === 0)
    say("TRUSTED_PROXIES is empty: everybody seems to come from, and is limited as, the proxy's address.");
  return findings.length > 0 ? findings : [{ state: "good", text: "The rules for applications can be used." }];
}

/** Whether a host, or each one below it where it begins with `*.`, is one that an entry of ALLOWED_RETURN_HOSTS allows. */
function covers(entry: string, host: string): boolean {
  return entry === host || (entry.startsWith("*.") && host.endsWith(entry.slice(1)));
}

async function examineDatabase(): Promise<Finding> {
  try {
    await db().$queryRaw`SELECT 1`;
    return { state: "good", text: "The database answers." };
  } catch (error) {
    if (!isOutage(error)) throw error;
    return {
      state: "bad",
      text: "The database does not answer. Is DATABASE_URL right, and is Postgres running there?",
    };
  }
}

async function examineMigrations({ DATABASE_URL }: Env): Promise<Finding> {
  const { missing, unknown, changed, applied } = await migrationStatus(DATABASE_URL);

  if (missing.length > 0)
    return { state: "bad", text: `Migrations are missing: ${missing.join(", ")}. Apply them: npm run db:migrate` };
  if (changed.length > 0)
    return { state: "bad", text: `Migrations were changed after they were applied: ${changed.join(", ")}.` };
  if (unknown.length > 0)
    return { state: "note", text: `The database has newer migrations than this version: ${unknown.join(", ")}.` };
  return { state: "good", text: `All migrations are applied (${applied.length}).` };
}

async function examineClock(): Promise<Finding> {
  const asked = Date.now();
  const difference = (await clock()).getTime() - (asked + Date.now()) / 2;
  const text = `The database's clock and this machine's differ by ${Math.round(Math.abs(difference))} ms.`;

  if (Math.abs(difference) <= CLOCK_DIFFERENCE) return { state: "good", text };
  return { state: "bad", text: `${text} The database's decides. Set both by a time server.` };
}

/** What a connection has to have, and a role, a database or a pooler may take from it. */
const STYLE = { TimeZone: "UTC", DateStyle: "ISO, MDY", schema: "public", isolation: "read committed" };

/** Connections fix zone and style for themselves; whether a pooler hands that on, and what else we rely on, is seen here. */
async function examineStyle(): Promise<Finding> {
  const [found] = await db().$queryRaw<(typeof STYLE)[]>`
    SELECT current_setting('TimeZone') AS "TimeZone", current_setting('DateStyle') AS "DateStyle",
           coalesce(current_schema(), 'none') AS schema, current_setting('default_transaction_isolation') AS isolation`;
  const different = Object.entries(STYLE).filter(([name, value]) => found?.[name as keyof typeof STYLE] !== value);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (different.length === 0)
    return {
      state: "good",
      text: `Connections are in UTC, whatever the zone of the database. This machine's is ${zone}.`,
    };
  const names = different.map(
    ([name, value]) => `${name} is ${found?.[name as keyof typeof STYLE]} instead of ${value}`,
  );
  return {
    state: "bad",
    text: `Of our connections to the database, ${names.join(", ")}. Reset it for the role or the pooler.`,
  };
}

async function examineAdministrators(): Promise<Finding> {
  if (await hasAdministrator()) return { state: "good", text: "There is an administrator who can log in." };
  return {
    state: "note",
    text: "There is no administrator who can log in. Make one: npm run user:create -- --admin",
  };
}

/** Passwords that match nothing, because what is stored is no hash of ours. */
async function examinePasswords(): Promise<Finding[]> {
  const count = await countUnusablePasswords();
  if (count === 0) return [];
  const whose = count === 1 ? "The password of one account is" : `The passwords of ${countInWords(count)} accounts are`;
  const text = `${whose} not stored as a hash of bcrypt at a cost of 4 to 16, so nobody can log in with it. Send a link for a new one.`;
  return [{ state: "bad", text }];
}

async function examineMail({ SMTP_URL, OUTBOX_FOLDER }: Env): Promise<Finding> {
  if (!SMTP_URL)
    return {
      state: "note",
      text: `SMTP_URL is not set: mails are kept in ${OUTBOX_FOLDER} and reach nobody.`,
    };

  const { waiting, since } = await queueState();
  const minutes = since ? Math.round((Date.now() - since.getTime()) / MINUTE) : 0;
  if (minutes < LATE_MAIL) return { state: "good", text: `Mails are sent; ${waiting} wait.` };
  return {
    state: "bad",
    text: `${waiting} mails wait, the oldest for ${minutes} minutes. Does the server of SMTP_URL take them? The log says what it answers.`,
  };
}

async function examineSecretAge(): Promise<Finding> {
  const since = await secretInUseSince(await newestSecretNumber());
  if (!since) return { state: "note", text: "The newest secret has not been used yet." };

  const days = Math.floor((Date.now() - since.getTime()) / DAY);
  const text = `The newest secret has been in use for ${days} ${days === 1 ? "day" : "days"}.`;
  if (days * DAY < OLD_SECRET) return { state: "good", text };
  return { state: "bad", text: `${text} Add a new one to SESSION_SECRET as .env.example says; that signs nobody out.` };
}
