import { existsSync, readFileSync } from "node:fs";
import { clock, db, isOutage } from "@/lib/db";
import { DAY, type Env, MINUTE, parseEnv } from "@/lib/env";
import { secretInUseSince } from "@/lib/ledger/store";
import { queueState } from "@/lib/mail/queue";
import { cookieAttributes, cookieName, newestSecretNumber } from "@/lib/session/cookie";
import { migrationStatus, withDatabase } from "./migrate";

/** What one examination found: `bad` needs to be mended, `note` is worth knowing. */
type Finding = { state: "good" | "note" | "bad"; text: string };

const SIGNS = { good: "✓", note: "·", bad: "✗" };

/** A secret older than this should be replaced. */
const OLD_SECRET = 365 * DAY;

/** The database's clock decides; with a difference of more than this the times that pages show mislead. */
const CLOCK_DIFFERENCE = 5000;

/** A mail that has waited for so many minutes is late. */
const LATE_MAIL = 5;

/**
 * `npm run doctor`: examines settings, secret, database, migrations, clock and
 * cookie, prints what it finds and what to do about it, and exits with 1 when
 * something has to be done.
 */
export async function main(): Promise<void> {
  const findings: Finding[] = [];
  try {
    await withDatabase(async (url) => {
      useDatabase(url);
      for await (const finding of examine()) findings.push(finding);
    });
  } catch (error) {
    findings.push({ state: "bad", text: error instanceof Error ? error.message : String(error) });
  }

  for (const { state, text } of findings) console.log(`${SIGNS[state]} ${text}`);
  const isWell = findings.every(({ state }) => state !== "bad");
  console.log(isWell ? "\nNothing has to be done." : "\nSomething has to be done: see the lines with ✗.");
  process.exit(isWell ? 0 : 1);
}

/** Sets what `npm start` would for the embedded default; with a database of one's own nothing is set. */
function useDatabase(url: string): void {
  if (process.env.DATABASE_URL?.trim()) return;
  process.env.DATABASE_URL = url;
  if (existsSync(".data/session-secret")) process.env.SESSION_SECRET ||= readFileSync(".data/session-secret", "utf8");
}

/** One finding after the other. What depends on one that is bad is not looked at. */
async function* examine(): AsyncGenerator<Finding> {
  const settings = parseEnv(process.env);
  yield { state: "good", text: "The settings can be used." };
  yield* examineSecrets(settings);
  yield examineCookie(settings);

  const database = await examineDatabase();
  yield database;
  if (database.state === "bad") return;
  yield await examineClock();

  const migrations = await examineMigrations(settings);
  yield migrations;
  if (migrations.state === "bad") return;
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
