import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setDatabase, withDatabase } from "@/cli/connect";
import { countOldSecrets } from "@/lib/auth/totp/store";
import { readLogo } from "@/lib/brand";
import { countInWords } from "@/lib/capped-count";
import { clock, db, isOutage, prepared } from "@/lib/db";
import { DAY, type Env, InvalidSettings, isLoopback, MINUTE, parseEnv } from "@/lib/env";
import { urlsOfHosts } from "@/lib/hosts";
import { readGeoFile } from "@/lib/http/geo-file";
import { secretInUseSince } from "@/lib/ledger/store";
import { queueState } from "@/lib/mail/queue";
import { allowRestored, isRestored, RESTORED } from "@/lib/origin";
import { noPrimaryIn } from "@/lib/primary";
import { cookieAttributes, cookieName, newestSecretNumber } from "@/lib/session/cookie";
import { limitsOfStore, refusalOfStore } from "@/lib/session/store/limits";
import { redisCondition } from "@/lib/session/store/redis/condition";
import { countUnusablePasswords, hasAdministrator } from "@/lib/users/directory";
import { ENGLISH } from "@/lib/words";
import { Prisma } from "@/prisma/client/client";
import { migrationStatus } from "@/prisma/migrate";
import { readReplication } from "@/server/health/replication";

/** The result of one check. `bad` has to be fixed; `note` is worth knowing. */
type Finding = { state: "good" | "note" | "bad"; text: string };

const SIGNS = { good: "✓", note: "·", bad: "✗" };

/** The age at which a secret should be replaced. */
const OLD_SECRET = 365 * DAY;

/** The age at which a database of places should be replaced: networks move. */
const OLD_PLACES = 60 * DAY;

/** The largest acceptable difference between the clocks, in milliseconds. Beyond it, times on pages mislead. */
const CLOCK_DIFFERENCE = 5000;

/** An email that has waited this long is late, in minutes. */
const LATE_MAIL = 5;

/** All findings. `isWell` is true when none is `bad`. */
type Diagnosis = { isWell: boolean; findings: Finding[] };

/**
 * Checks the settings, the database and everything else that can be misconfigured. An
 * error during a check becomes a finding.
 */
export async function diagnose(): Promise<Diagnosis> {
  // The findings say what is wrong.
  process.env.LOG_LEVEL = "silent";
  const findings: Finding[] = [];
  allowRestored();
  try {
    const isEmbedded = !process.env.DATABASE_URL?.trim();
    await withDatabase(async (url) => {
      setDatabase(url);
      for await (const finding of examine({ isEmbedded })) findings.push(finding);
    });
  } catch (error) {
    findings.push(...textsOf(error).map((text) => ({ state: "bad" as const, text })));
  }
  return { isWell: findings.every(({ state }) => state !== "bad"), findings };
}

/** What an error says: one text for each wrong setting, otherwise one. */
function textsOf(error: unknown): string[] {
  if (error instanceof InvalidSettings) return error.message.split("\n");
  return [error instanceof Error ? error.message : String(error)];
}

/** The findings as lines of text. */
export function describeDiagnosis({ isWell, findings }: Diagnosis): string[] {
  return [
    ...findings.map(({ state, text }) => `${SIGNS[state]} ${text}`),
    "",
    isWell ? "No problems found." : "Problems found: see the lines marked ✗.",
  ];
}

/** Yields one finding at a time. Skips the checks that depend on a failed one. */
async function* examine({ isEmbedded }: { isEmbedded: boolean }): AsyncGenerator<Finding> {
  const settings = parseEnv(process.env);
  yield { state: "good", text: "The settings are valid." };
  yield* examineSecrets(settings);
  yield examineCookie(settings);
  yield examineBinding(settings);
  yield* examineApplications(settings);
  yield* examineLogo(settings);
  yield* await examinePlaces(settings);
  yield* examineOutbox(settings);
  yield* examineStore(settings, isEmbedded);

  const database = await examineDatabase();
  yield database;
  if (database.state === "bad") return;
  yield await examineClock();
  yield await examineStyle();
  yield* await examineReplication(settings);

  const migrations = await examineMigrations(settings);
  yield migrations;
  if (migrations.state === "bad") return;
  yield await examineOrigin();
  yield await examineAdministrators();
  yield* await examinePasswords();
  yield await examineSecretAge();
  yield* await examineOldSecrets();
  yield await examineMail(settings);
  yield* await examineRedis(settings);
}

function examineSecrets({ SESSION_SECRET }: Env): Finding[] {
  const repetitive = SESSION_SECRET.filter((secret) => new Set(secret).size < 12);
  return [
    repetitive.length > 0
      ? {
          state: "bad",
          text: "SESSION_SECRET has too few different characters to be random. Generate one: openssl rand -base64 33",
        }
      : {
          state: "good",
          text: `SESSION_SECRET is long enough (${SESSION_SECRET.map(({ length }) => length).join(", ")} characters).`,
        },
    ...(SESSION_SECRET.length > 2
      ? [
          {
            state: "note" as const,
            text: `SESSION_SECRET lists ${SESSION_SECRET.length} secrets. Remove those whose cookies have all expired.`,
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
  return { state: "note", text: `${text} Browsers also send it over plain http, which is safe only on this machine.` };
}

/** Whether browsers can bind sessions to their devices, and if not, which setting is in the way; and what else notices copies. */
function examineBinding({ APP_URL, COOKIE_DOMAIN, DEVICE_BINDING, TOKEN_ROTATION }: Env): Finding {
  const obstacle = [
    DEVICE_BINDING === "off" && "DEVICE_BINDING is off, so",
    COOKIE_DOMAIN && "With COOKIE_DOMAIN,",
    APP_URL.protocol !== "https:" && "On plain http,",
  ].find(Boolean);
  const others = obstacle ? "Browsers" : "Others";
  const rotation = TOKEN_ROTATION
    ? `${others} get a new cookie every ${ENGLISH.duration(TOKEN_ROTATION)}.`
    : `TOKEN_ROTATION is 0: the copied cookie of any ${obstacle ? "" : "other "}browser works elsewhere.`;
  if (obstacle) return { state: "note", text: `${obstacle} sessions are not bound to devices. ${rotation}` };
  return { state: "good", text: `Sessions are bound to the device, in browsers that can do it. ${rotation}` };
}

/** Names the promises that the session store does not keep, and whether the server starts with it. */
function examineStore(settings: Env, isEmbedded: boolean): Finding[] {
  const limits = limitsOfStore(settings);
  const refusal = refusalOfStore(settings, { isForOneself: isEmbedded && isLoopback(settings.APP_URL.hostname) });
  return [
    ...(limits ? [{ state: "note" as const, text: limits }] : []),
    ...(refusal ? [{ state: "bad" as const, text: refusal }] : []),
  ];
}

/** Checks that users can log in to each application in the rules, and return to it. */
function examineApplications({
  APP_URL,
  VERIFY_RULES,
  COOKIE_DOMAIN,
  ALLOWED_RETURN_HOSTS,
  TRUSTED_PROXIES,
}: Env): Finding[] {
  if (!VERIFY_RULES) {
    if (!COOKIE_DOMAIN) return [];
    return [{ state: "note", text: "VERIFY_RULES is not set: every user may use every application." }];
  }

  const hosts = [...new Set(VERIFY_RULES.map(({ host }) => host))].filter((host) => host !== APP_URL.hostname);
  const returnHosts = ALLOWED_RETURN_HOSTS.map((host) => host.replace(/:\d+$/, ""));
  const withoutCookie = hosts.filter((host) => !COOKIE_DOMAIN || !`.${host}`.endsWith(`.${COOKIE_DOMAIN}`));
  const withoutReturn = hosts.filter((host) => !returnHosts.some((entry) => covers(entry, host)));

  const findings: Finding[] = [];
  const say = (text: string) => findings.push({ state: "bad", text: `VERIFY_RULES is set, but ${text}` });
  if (withoutCookie.length > 0)
    say(`browsers do not send the cookie to ${withoutCookie.join(", ")}. Set COOKIE_DOMAIN to a common parent domain.`);
  if (withoutReturn.length > 0)
    say(
      `the log-in page does not return to ${withoutReturn.join(", ")}. Add it to ALLOWED_RETURN_HOSTS, with the port if it is not 80 or 443.`,
    );
  if (TRUSTED_PROXIES.length === 0)
    say(
      "TRUSTED_PROXIES is empty: all visitors appear with the proxy's address, and share its rate limits. Add the proxy.",
    );
  return findings.length > 0 ? findings : [{ state: "good", text: "The settings for applications are valid." }];
}

/** Whether an entry of ALLOWED_RETURN_HOSTS allows a host. If the host begins with `*.`, the entry has to allow all its subdomains. */
function covers(entry: string, host: string): boolean {
  return entry === host || (entry.startsWith("*.") && host.endsWith(entry.slice(1)));
}

function examineLogo({ PRODUCT_LOGO }: Env): Finding[] {
  if (!PRODUCT_LOGO) return [];
  try {
    readLogo(PRODUCT_LOGO);
    return [{ state: "good", text: "PRODUCT_LOGO can be shown." }];
  } catch (error) {
    return [{ state: "bad", text: (error as Error).message }];
  }
}

/** Finds a folder for emails that this user cannot write to. Creates nothing: the server creates the folder when it needs it. */
function examineOutbox({ SMTP_URL, OUTBOX_FOLDER }: Env): Finding[] {
  if (SMTP_URL) return [];
  let existing = resolve(OUTBOX_FOLDER);
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    // A file has no entries, and the slash makes it an error.
    accessSync(`${existing}/`, constants.W_OK);
    return [];
  } catch (error) {
    const text = `OUTBOX_FOLDER is ${OUTBOX_FOLDER}, where emails cannot be stored: ${(error as Error).message}`;
    return [{ state: "bad", text }];
  }
}

async function examinePlaces({ GEO_FILE }: Env): Promise<Finding[]> {
  if (!GEO_FILE) return [];
  try {
    const { type, builtAt } = await readGeoFile(GEO_FILE);
    const text = `GEO_FILE is a ${type} database of ${builtAt.toISOString().slice(0, 10)}.`;
    if (Date.now() - builtAt.getTime() < OLD_PLACES) return [{ state: "good", text }];
    return [
      { state: "note", text: `${text} It is older than 60 days, and networks move. Update it: docs/operations.md` },
    ];
  } catch (error) {
    return [{ state: "bad", text: (error as Error).message }];
  }
}

async function examineDatabase(): Promise<Finding> {
  try {
    await prepared(null, Prisma.sql`SELECT 1`);
    return { state: "good", text: "The database responds." };
  } catch (error) {
    if (!isOutage(error)) throw error;
    const what = noPrimaryIn(error)?.message ?? "The database does not respond";
    return { state: "bad", text: `${what}. Check DATABASE_URL, and that Postgres is running there.` };
  }
}

async function examineMigrations({ DATABASE_URL }: Env): Promise<Finding> {
  const { missing, unknown, changed, applied } = await migrationStatus(DATABASE_URL);

  if (missing.length > 0)
    return { state: "bad", text: `Migrations are missing: ${missing.join(", ")}. Apply them: npm run db:migrate` };
  if (changed.length > 0)
    return {
      state: "bad",
      text: `Migrations were changed after they were applied: ${changed.join(", ")}. Restore the original files.`,
    };
  if (unknown.length > 0)
    return {
      state: "note",
      text: `The database has migrations that this version does not know: ${unknown.join(", ")}.`,
    };
  return { state: "good", text: `All migrations are applied (${applied.length}).` };
}

async function examineClock(): Promise<Finding> {
  const asked = Date.now();
  const difference = (await clock()).getTime() - (asked + Date.now()) / 2;
  const text = `The clocks of the database and this machine differ by ${Math.round(Math.abs(difference))} ms.`;

  if (Math.abs(difference) <= CLOCK_DIFFERENCE) return { state: "good", text };
  return { state: "bad", text: `${text} The database's clock decides. Synchronise both with a time server.` };
}

/** Checks whether the database was restored since Latchkey last used it. */
async function examineOrigin(): Promise<Finding> {
  const query = async (sql: string) => ({ rows: await prepared<{ is_same?: boolean }>(null, Prisma.sql([sql])) });
  const its = await isRestored({ query });
  if (its) return { state: "bad", text: RESTORED };
  if (its === false) return { state: "good", text: "The database is where Latchkey left it." };
  return {
    state: "note",
    text: "It cannot be seen whether the database was restored from a backup. Run once, after giving the role its privileges on the table origin: npm run latchkey -- session after-restore --keep",
  };
}

/** The settings that our connections need. A role, a database or a pooler may override them. */
const STYLE = { TimeZone: "UTC", DateStyle: "ISO, MDY", schema: "public", isolation: "read committed" };

/** Checks the settings of our connections. They set time zone and date style themselves, but a pooler may not pass that on. */
async function examineStyle(): Promise<Finding> {
  const [found] = await db().$queryRaw<(typeof STYLE)[]>`
    SELECT current_setting('TimeZone') AS "TimeZone", current_setting('DateStyle') AS "DateStyle",
           coalesce(current_schema(), 'none') AS schema, current_setting('default_transaction_isolation') AS isolation`;
  const different = Object.entries(STYLE).filter(([name, value]) => found?.[name as keyof typeof STYLE] !== value);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (different.length === 0)
    return {
      state: "good",
      text: `Database connections use UTC. This machine's time zone is ${zone}.`,
    };
  const names = different.map(
    ([name, value]) => `${name} is ${found?.[name as keyof typeof STYLE]} instead of ${value}`,
  );
  return {
    state: "bad",
    text: `Database connections have wrong settings: ${names.join(", ")}. Reset them for the role, the database or the pooler.`,
  };
}

const SYNCHRONOUS = "docs/deploy.md describes synchronous replication.";

/** Checks whether a failover or a crash of Postgres could make ended sessions active again. */
async function examineReplication({ DATABASE_URL }: Env): Promise<Finding[]> {
  const { standbys, isSynchronous, isHidden, warnings } = await readReplication();
  const note = (text: string): Finding[] => [{ state: "note", text }];
  if (warnings.includes("asynchronous-commit"))
    return note(
      "synchronous_commit is off: after a crash of Postgres, sessions that had just ended could be active again. Set it to on.",
    );
  if (warnings.includes("asynchronous-standby"))
    return note(
      `Postgres does not wait for its ${standbys === 1 ? "standby" : "standbys"}: after a failover, sessions that had just ended could be active again.${isHidden ? " (GRANT pg_monitor shows more.)" : ""} ${SYNCHRONOUS}`,
    );
  if (isSynchronous)
    return [{ state: "good", text: "Postgres confirms that a session has ended once a standby knows it, too." }];
  if (urlsOfHosts(DATABASE_URL).length === 1) return [];
  return note(`DATABASE_URL names several hosts, but no standby is connected. ${SYNCHRONOUS}`);
}

async function examineAdministrators(): Promise<Finding> {
  if (await hasAdministrator()) return { state: "good", text: "At least one administrator can log in." };
  return {
    state: "note",
    text: "No administrator can log in. Create one: npm run user:create -- --admin",
  };
}

/** Finds stored passwords that no password can match, because they are not hashes that we accept. */
async function examinePasswords(): Promise<Finding[]> {
  const count = await countUnusablePasswords();
  if (count === 0) return [];
  const who = count === 1 ? "One user" : `${countInWords(count)} users`;
  const text = `${who} cannot log in: the stored password is not a bcrypt hash with a cost of 4 to 16. Send a new link: npm run latchkey -- user reset-password <user>`;
  return [{ state: "bad", text }];
}

async function examineMail({ SMTP_URL, OUTBOX_FOLDER }: Env): Promise<Finding> {
  if (!SMTP_URL)
    return {
      state: "note",
      text: `SMTP_URL is not set: emails are stored in ${OUTBOX_FOLDER} and not sent.`,
    };

  const { waiting, since } = await queueState();
  const minutes = since ? Math.round((Date.now() - since.getTime()) / MINUTE) : 0;
  if (minutes < LATE_MAIL) return { state: "good", text: `Emails are being sent; ${waiting} waiting.` };
  return {
    state: "bad",
    text: `${waiting} emails are waiting, the oldest for ${minutes} minutes. Check the server in SMTP_URL: its responses are in Latchkey's log.`,
  };
}

async function examineRedis({ REDIS_URL, SESSION_STORE }: Env): Promise<Finding[]> {
  if (!REDIS_URL) return [];
  try {
    const { version, eviction, isAllOrNothing } = await redisCondition();
    const reader = SESSION_STORE === "redis" ? "reads" : "does not read";
    const findings: Finding[] = [
      { state: "good", text: `${version} responds. This instance ${reader} sessions from it.` },
    ];
    const say = (text: string) => findings.push({ state: "note", text });
    if (eviction && eviction !== "noeviction")
      say(`Redis drops parts of the sessions when its memory is full (maxmemory-policy ${eviction}). Give it enough.`);
    if (isAllOrNothing)
      say("One failed part of the Redis cluster makes all others refuse. Set cluster-require-full-coverage to no.");
    return findings;
  } catch (error) {
    if (!isOutage(error)) throw error;
    const { message } = (error.cause ?? error) as Error;
    return [
      {
        state: "bad",
        text: `Redis cannot be used (${message}). Check REDIS_URL, that Redis is 7.0 or later, and that its user may run functions.`,
      },
    ];
  }
}

/** Which secrets of authenticator apps still need an older SESSION_SECRET, or one that is gone. */
async function examineOldSecrets(): Promise<Finding[]> {
  const { old, lost } = await countOldSecrets();
  const apps = (count: number) => `${count} authenticator ${count === 1 ? "app" : "apps"}`;
  const renewable = old - lost;
  return [
    ...(renewable > 0
      ? [
          {
            state: "note" as const,
            text: `An older secret of SESSION_SECRET still encrypts ${apps(renewable)}. Keep it until the next sweep has encrypted them anew: npm run sweep`,
          },
        ]
      : []),
    ...(lost > 0
      ? [
          {
            state: "bad" as const,
            text: `The secret that encrypts ${apps(lost)} is missing from SESSION_SECRET. Put it back at the end, or their users need recovery codes.`,
          },
        ]
      : []),
  ];
}

async function examineSecretAge(): Promise<Finding> {
  const since = await secretInUseSince(await newestSecretNumber());
  if (!since) return { state: "note", text: "The newest secret has not been used yet." };

  const days = Math.floor((Date.now() - since.getTime()) / DAY);
  const text = `The newest secret has been in use for ${days} ${days === 1 ? "day" : "days"}.`;
  if (days * DAY < OLD_SECRET) return { state: "good", text };
  return {
    state: "bad",
    text: `${text} Add a new one to SESSION_SECRET as .env.example describes. Nobody is logged out.`,
  };
}
