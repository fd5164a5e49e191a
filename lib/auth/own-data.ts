import { db } from "@/lib/db";
import { env } from "@/lib/env";
import { allActivity } from "@/lib/ledger/activity";
import { listSums } from "@/lib/ledger/daily";
import { asJson, begun } from "@/lib/ledger/file";
import { listMails } from "@/lib/mail/queue";
import { sessionStore } from "@/lib/session/store";
import type { Session, User } from "@/lib/session/store/contract";
import { listTallies } from "@/lib/throttle/store";
import { listOneTimeTokens } from "@/lib/users/one-time-tokens";
import { findWholeRecovery } from "@/lib/users/recoveries";
import { findWholeUser } from "@/lib/users/store";
import { listKnownBrowsers } from "./device";
import { listPasskeys, type Passkey } from "./passkeys/store";
import { listRecoveryCodes } from "./second-factor/recovery-codes";

/** The version of the file's format. It changes when a member is removed or gets another meaning. */
const FORMAT = 1;

/**
 * Everything that is stored about a user, as the text of a JSON file in parts. It has no secret and no
 * hash of one, and does not say where administrators are. Times are ISO 8601, in UTC.
 *
 * Throws an Outage before the first part. One that comes later, between entries of the ledger, breaks
 * the text off, so that it is not valid JSON.
 */
export async function ownData(user: User): Promise<AsyncGenerator<string>> {
  const head = await readHead(user);
  const activity = await begun(allActivity(user.id, { kind: null }));
  return asFile(head, activity);
}

async function* asFile(head: object, activity: AsyncIterable<unknown[]>): AsyncGenerator<string> {
  const members = Object.entries(head).map(([name, value]) => `"${name}": ${JSON.stringify(value, null, 2)},\n`);
  yield `{\n${members.join("")}"activity": `;
  yield* asJson(activity);
  yield "}\n";
}

/** All but the ledger, which alone can be long. One query after the other, so that a download takes one connection. */
async function readHead(user: User) {
  const { id, email } = user;
  const { sessions, now } = await sessionStore().list(user);
  return {
    format: FORMAT,
    made: now,
    site: env().APP_URL.origin,
    account: await readAccount(id),
    sessions: sessions.map(shown),
    passkeys: (await listPasskeys(id)).map(withoutId),
    knownBrowsers: await listKnownBrowsers(id),
    authenticatorApp: await readApp(id),
    recoveryCodes: await listRecoveryCodes(id),
    recovery: await findWholeRecovery(id),
    links: await listOneTimeTokens(id),
    emails: await listMails({ id, email }),
    attempts: await readAttempts(user, sessions),
    sums: await listSums(id),
  };
}

/** The account itself; null if it has just been deleted. */
async function readAccount(id: string) {
  const found = await findWholeUser(id);
  return found && { ...found, seenLine: String(found.seenLine), answeredLines: found.answeredLines.map(String) };
}

/** Without the secret that the app shares. */
async function readApp(id: string) {
  return db().totp.findUnique({
    where: { userId: id },
    select: { confirmedAt: true, lastUsedAt: true, lastStep: true, failures: true, newAt: true, newSession: true },
  });
}

/** Named one by one, so that a new member of a session gets into the file only by decision. */
function shown({
  handle,
  name,
  userAgent,
  ipAddress,
  lastIpAddress,
  publicComputer,
  demonstration,
  amr,
  level,
  ...times
}: Session) {
  const { createdAt, lastSeenAt, confirmedAt, confirmedUntil, boundAt } = times;
  return {
    ...{ handle, name, userAgent, ipAddress, lastIpAddress, publicComputer, demonstration },
    ...{ amr, level, createdAt, lastSeenAt, confirmedAt, confirmedUntil, boundAt },
  };
}

/** The id of its credential is only for the device that has it. */
function withoutId({ id, ...shown }: Passkey) {
  return shown;
}

/** What throttling has counted, without the keys: they contain addresses of other people and hashes. */
async function readAttempts(user: User, sessions: Session[]) {
  const tallies = await listTallies(
    user,
    sessions.map(({ handle }) => handle),
  );
  return tallies.map(({ scope, level, failures, freeAt, triedAt }) => ({ scope, level, failures, freeAt, triedAt }));
}
