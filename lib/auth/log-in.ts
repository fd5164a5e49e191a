import type { Database } from "@/lib/db";
import { record, type Whence } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { bringDevice, currentDevice, currentWhence, startSession } from "@/lib/session/current";
import { newToken } from "@/lib/session/token";
import { type Hindrance, unlessHindered } from "./attempt";
import {
  type Authentication,
  accountSubject,
  authenticate,
  browserSubject,
  type Source,
  subjectsOf,
} from "./authenticate";
import type { Credentials } from "./credentials";
import { rememberBrowser } from "./known-browser";
import { failuresOf, forgetFailures, forgetTries, takeBackTry } from "./throttle";

export type LogIn = { state: "logged-in" } | { state: "refused" } | Hindrance;

/** Logs in in this browser with an email and a password. What is wrong with them is not said. */
export async function logIn(credentials: Credentials): Promise<LogIn> {
  return unlessHindered(async () => {
    const source = { ...(await currentWhence()), device: await currentDevice() };
    const outcome = await authenticate(credentials, source);
    if (outcome.state !== "authenticated") return outcome;

    return enter(outcome, credentials, source);
  });
}

type Authenticated = Extract<Authentication, { state: "authenticated" }>;

/** The password was changed, or the account disabled, while it was being looked at. */
class Superseded extends Error {}

/** Starts the session of who has proved who they are, and tells the owner of the account what they should know. */
async function enter(who: Authenticated, { publicComputer }: Credentials, source: Source): Promise<LogIn> {
  const { user, isKnown, failures } = who;
  const subjects = subjectsOf(user.email, source, isKnown);
  // In a browser of one's own the failures worth telling of are those of strangers.
  const strangers = isKnown ? await failuresOf(accountSubject(user.email)) : failures;
  // A public computer is nobody's own, and is not known again.
  const device = publicComputer ? null : (source.device ?? newToken());

  try {
    await startSession(user, { publicComputer }, async (tx, { handle }) => {
      // The row is locked by now: whoever changes the password comes before, or ends this session too.
      if (!(await isStill(tx, who))) throw new Superseded();
      await forgetTries(tx, [...subjects.slice(0, 1), ...(device ? [browserSubject(user.email, device)] : [])]);
      await forgetFailures(tx, accountSubject(user.email));
      if (device) await rememberBrowser(tx, user.id, device);
      await tellOwner(tx, { user, isKnown, failures: strangers, handle, source });
    });
  } catch (error) {
    if (error instanceof Superseded) return { state: "refused" };
    throw error;
  }

  if (device) await bringDevice(device);
  // It was no guess, so it counts for nobody else who shares the address.
  if (!isKnown) await takeBackTry(subjects.slice(1));
  return { state: "logged-in" };
}

/** Whether the password that was looked at is the account's still, and the account may log in. */
async function isStill(tx: Database, { user, passwordHash }: Authenticated): Promise<boolean> {
  return (await tx.user.count({ where: { id: user.id, passwordHash, disabledAt: null } })) > 0;
}

type Entry = { user: Authenticated["user"]; isKnown: boolean; failures: number; handle: string; source: Whence };

async function tellOwner(tx: Database, { user, isKnown, failures, handle, source }: Entry) {
  const { userAgent, ipAddress } = source;
  await record(tx, {
    event: failures > 0 ? "authn_login_successafterfail" : "authn_login_success",
    userId: user.id,
    byUserId: user.id,
    sessionHandle: handle,
    ...(!isKnown && { reason: "new-browser" }),
    ...(failures > 0 && { detail: String(failures) }),
    userAgent,
    ipAddress,
  });
  if (isKnown && failures === 0) return;

  const about = isKnown ? "after-failures" : "new-browser";
  const at = new Date().toISOString();
  await enqueue(tx, user.email, {
    kind: "incident",
    details: { about, userId: user.id, at, handle, failures, userAgent, ipAddress },
  });
}
