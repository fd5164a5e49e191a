import { distrustBrowsers } from "@/lib/auth/device";
import { confirmSecret, removeApp } from "@/lib/auth/totp/store";
import { type Database, db, transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue, type Incident } from "@/lib/mail/queue";
import { currentClient, currentToken, lockActor, setSessionCookie } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { digitsOf } from "@/lib/text/digits";
import { rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { forgetTries } from "@/lib/throttle/store";
import { forgetRecovery, withdrawRecovery } from "@/lib/users/recoveries";
import { factorsOf, hasSecondFactor } from "./factors";
import { removeRecoveryCodes, renewRecoveryCodes } from "./recovery-codes";

// Changes of a user's factors. Callers have made sure that the user confirmed their identity recently. No session ends:
// the owner gets an email, a line in the ledger, and a notice in every open page.

/**
 * What changed about somebody's factors: the reason in the ledger, and the subject of the email.
 * @public
 */
export type FactorChange = Extract<
  Incident["about"],
  | "app-added"
  | "app-removed"
  | "recovery-codes-renewed"
  | "recovery-codes-removed"
  | "passkey-added"
  | "passkey-removed"
>;

type Changed<More = object> = ({ state: "changed" } & More) | TryLater;

/**
 * Ends the set-up of an authenticator app with its first code. This session is at level 2 from then on. Returns new
 * recovery codes if the user had none.
 */
export async function addApp(
  found: ActiveSession,
  code: string,
): Promise<Changed<{ codes: string[] | null }> | { state: "wrong-code" }> {
  const { user, session } = found;
  const subject: Subject = ["step", session.handle];

  return rateLimited([subject, ["change", session.handle]], async () => {
    const token = await currentToken();
    const client = await currentClient();
    const done = await transaction(async (tx) => {
      await lockActor(tx, found);
      if (!(await confirmSecret(tx, { userId: user.id, sessionHandle: session.handle }, digitsOf(code)))) return null;
      await sessionStore().confirm(tx, session.handle, ["otp"]);
      await factorsChanged(tx, found, "app-added", client);
      const { recoveryCodes } = await factorsOf(user.id, tx);
      const codes = recoveryCodes > 0 ? null : await renewRecoveryCodes(tx, user.id);
      return { codes, renewed: token && (await sessionStore().renew(tx, token)) };
    });
    if (!done) return { state: "wrong-code" };
    await forgetTries(db(), [subject]);
    if (done.renewed) await setSessionCookie(done.renewed, { ...session, role: user.role });
    return { state: "changed", codes: done.codes };
  });
}

/** Removes the authenticator app. Without another second factor, the recovery codes go with it. */
export async function deleteApp(found: ActiveSession): Promise<Changed> {
  return rateLimited([["change", found.session.handle]], async () => {
    const client = await currentClient();
    await transaction(async (tx) => {
      await lockActor(tx, found);
      if (!(await removeApp(tx, found.user.id))) return;
      await forgetCodesIfAlone(tx, found.user.id);
      await factorsChanged(tx, found, "app-removed", client);
    });
    return { state: "changed" };
  });
}

/**
 * Recovery codes replace a second factor. Without one, they open nothing, and must not come back with the next one.
 * @public
 */
export async function forgetCodesIfAlone(tx: Database, userId: string): Promise<void> {
  if (!hasSecondFactor(await factorsOf(userId, tx))) await removeRecoveryCodes(tx, userId);
}

/** Replaces the recovery codes and returns the new ones, which are shown once; null without a second factor. */
export async function newRecoveryCodes(found: ActiveSession): Promise<Changed<{ codes: string[] | null }>> {
  return rateLimited([["change", found.session.handle]], async () => {
    const client = await currentClient();
    const codes = await transaction(async (tx) => {
      await lockActor(tx, found);
      if (!hasSecondFactor(await factorsOf(found.user.id, tx))) return null;
      const codes = await renewRecoveryCodes(tx, found.user.id);
      await factorsChanged(tx, found, "recovery-codes-renewed", client);
      return codes;
    });
    return { state: "changed", codes };
  });
}

/** Makes log-ins in one browser, or in all, need the second step again. */
export async function distrust(found: ActiveSession, handle: string | undefined): Promise<Changed> {
  const { user, session } = found;
  return rateLimited([["change", session.handle]], async () => {
    const client = await currentClient();
    await transaction(async (tx) => {
      await lockActor(tx, found);
      if ((await distrustBrowsers(tx, user.id, handle)) === 0) return;
      const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...client };
      await record(tx, { event: "user_updated", reason: "browser-distrusted", ...line });
      await sessionStore().changed(tx, user.id);
    });
    return { state: "changed" };
  });
}

/**
 * What follows every change of factors, in its transaction, whose user is locked: every browser is asked for the
 * second step again, the ledger gets a line, and the owner an email.
 * @public
 */
export async function factorsChanged(
  tx: Database,
  { user, session }: Pick<ActiveSession, "user" | "session">,
  about: FactorChange,
  client: Client,
): Promise<void> {
  await distrustBrowsers(tx, user.id);
  await sessionStore().changed(tx, user.id);
  // Its owner has not lost every factor. Without one, there is nothing to recover, nor to deny.
  await withdrawRecovery(tx, user.id, { byUserId: user.id, sessionHandle: session.handle, ...client });
  if (!hasSecondFactor(await factorsOf(user.id, tx))) await forgetRecovery(tx, user.id);
  const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...client };
  await record(tx, { event: "user_updated", reason: about, ...line });
  const at = new Date().toISOString();
  await enqueue(tx, user.email, {
    kind: "incident",
    details: { about, userId: user.id, at, handle: session.handle, ...client },
  });
}
