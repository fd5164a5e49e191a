import { type Database, transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { passwordProblem } from "@/lib/password/choose";
import { hashPassword } from "@/lib/password/hash";
import type { NewPasswordProblem } from "@/lib/password/problems";
import { sessionStore } from "@/lib/session/store";
import { newToken } from "@/lib/session/token";
import type { Role } from "@/prisma/client/client";
import { createOneTimeToken, withdrawLinks } from "./one-time-tokens";
import { withdrawRecovery } from "./recoveries";
import { createUser, findUser, isLastAdministrator, isTaken } from "./store";

// What administrators do to accounts, on pages and by commands. The ledger records who
// did it and why; the owner of the account can read that.

/** Who acts, from where, and the reason in their own words. Null on the command line, where nobody has an account. */
export type AdminAction = { userId: string | null; note: string } & Client;

/** The result of an action. `unchanged` means that the account was already in the requested state. */
export type Outcome = { state: "done" | "unchanged" | "not-found" | "last-administrator" };

/**
 * Disables an account: it can't log in, and its sessions and sent links end. The last
 * administrator can't be disabled. Throws an Outage.
 */
export async function disableUser(id: string, action: AdminAction): Promise<Outcome> {
  return transaction(async (tx) => {
    if (await isLastAdministrator(tx, id)) return { state: "last-administrator" };
    const changed =
      await tx.$executeRaw`UPDATE users SET disabled_at = now() WHERE id = ${id}::uuid AND disabled_at IS NULL`;
    if (changed === 0) return unchangedOrMissing(tx, id);

    await sessionStore().end(tx, { userId: id, except: null }, "disabled", action);
    await withdrawLinks(tx, id);
    await withdrawRecovery(tx, id, lineOf(id, action));
    await record(tx, { event: "user_updated", reason: "disabled", ...lineOf(id, action) });
    return { state: "done" };
  });
}

/**
 * Disables several accounts, one after the other, each as `disableUser` does. Leaves out the account of the acting
 * administrator. Returns how many were disabled, and how many were kept: those, the last administrator, and accounts
 * that no longer exist. Throws an Outage: accounts disabled until then stay so, and the caller can run it again.
 */
export async function disableUsers(ids: string[], action: AdminAction): Promise<{ disabled: number; kept: number }> {
  const states: Outcome["state"][] = [];
  for (const id of ids.filter((each) => each !== action.userId)) states.push((await disableUser(id, action)).state);
  const disabled = states.filter((state) => state === "done").length;
  const already = states.filter((state) => state === "unchanged").length;
  return { disabled, kept: ids.length - disabled - already };
}

/** What `disableUser` would return now. Changes nothing. Throws an Outage. */
export async function foreseeDisabling(id: string): Promise<Outcome> {
  return transaction(async (tx) => {
    if (await isLastAdministrator(tx, id)) return { state: "last-administrator" };
    const user = await findUser(id, tx);
    if (!user) return { state: "not-found" };
    return { state: user.disabledAt ? "unchanged" : "done" };
  });
}

/** Lets an account log in again. Its ended sessions and links stay ended. Throws an Outage. */
export async function enableUser(id: string, action: AdminAction): Promise<Outcome> {
  return transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id, disabledAt: { not: null } },
      data: { disabledAt: null },
    });
    if (count === 0) return unchangedOrMissing(tx, id);

    await sessionStore().changed(tx, id);
    await record(tx, { event: "user_updated", reason: "enabled", ...lineOf(id, action) });
    return { state: "done" };
  });
}

/**
 * Changes the role of an account, for all of its sessions from their next request on. The last
 * administrator keeps the role. Throws an Outage.
 */
export async function changeRole(id: string, role: Role, action: AdminAction): Promise<Outcome> {
  return transaction(async (tx) => {
    if (role !== "admin" && (await isLastAdministrator(tx, id))) return { state: "last-administrator" };
    const { count } = await tx.user.updateMany({ where: { id, role: { not: role } }, data: { role } });
    if (count === 0) return unchangedOrMissing(tx, id);

    await sessionStore().changed(tx, id);
    await record(tx, { event: "authz_change", reason: role, ...lineOf(id, action) });
    return { state: "done" };
  });
}

/** Emails the owner of an account a link to choose a new password. Throws an Outage. */
export async function sendReset(id: string, action: AdminAction): Promise<Outcome> {
  return transaction(async (tx) => {
    const user = await findUser(id, tx);
    if (!user) return { state: "not-found" };

    await enqueue(tx, user.email, { kind: "reset", details: { isOrdered: true } });
    await record(tx, { event: "authz_admin", reason: "reset-mail", ...lineOf(id, action) });
    return { state: "done" };
  });
}

/**
 * Creates the token of a link to choose a new password, for the administrator to hand
 * over to the account's owner. Null if the account doesn't exist. Throws an Outage.
 */
export async function createReset(id: string, action: AdminAction): Promise<string | null> {
  return transaction(async (tx) => {
    const user = await findUser(id, tx);
    if (!user) return null;

    await record(tx, { event: "authz_admin", reason: "reset-link", ...lineOf(id, action) });
    return createOneTimeToken({ kind: "reset", about: id, email: user.email, userId: id }, tx);
  });
}

export type NewUser = { email: string; name: string; role: Role };

type Created = { state: "created"; id: string } | { state: "taken" };

/**
 * Creates an account whose owner chooses the password, so that nobody else ever knows
 * it. With `invite`, emails the owner a link to do so; otherwise the administrator
 * creates one with `createInvitation`. Throws an Outage.
 */
export async function createAccount(
  user: NewUser,
  { invite }: { invite: boolean },
  action: AdminAction,
): Promise<Created> {
  return insert({ ...user, passwordHash: await hashPassword(newToken()) }, { invite }, action);
}

/** Creates an account with a password, or returns `weak` and why its owner could not choose it. Throws an Outage. */
export async function createAccountWithPassword(
  { password, ...user }: NewUser & { password: string },
  action: AdminAction,
): Promise<Created | { state: "weak"; why: NewPasswordProblem }> {
  const why = await passwordProblem(password, user);
  if (why) return { state: "weak", why };
  return insert({ ...user, passwordHash: await hashPassword(password) }, { invite: false }, action);
}

async function insert(
  user: NewUser & { passwordHash: string },
  { invite }: { invite: boolean },
  action: AdminAction,
): Promise<Created> {
  return transaction(async (tx) => {
    const { id, email } = await createUser(user, tx);
    await record(tx, { event: "user_created", reason: "by-admin", ...lineOf(id, action) });
    if (invite) await enqueue(tx, email, { kind: "invitation", details: { userId: id } });
    return { state: "created" as const, id };
  }).catch((error) => {
    if (isTaken(error)) return { state: "taken" as const };
    throw error;
  });
}

/**
 * Creates the token of a link to choose the password of a new account, for the administrator
 * to hand over to its owner. Null if the account doesn't exist. Throws an Outage.
 */
export async function createInvitation(userId: string): Promise<string | null> {
  const user = await findUser(userId);
  return user && createOneTimeToken({ kind: "invitation", about: userId, email: user.email, userId });
}

async function unchangedOrMissing(tx: Database, id: string): Promise<Outcome> {
  return { state: (await findUser(id, tx)) ? "unchanged" : "not-found" };
}

function lineOf(id: string, { userId, ...action }: AdminAction) {
  return { userId: id, byUserId: userId, ...action };
}
