import { factorsChanged, forgetCodesIfAlone } from "@/lib/auth/second-factor/manage";
import { transaction } from "@/lib/db";
import { record } from "@/lib/ledger/store";
import { currentClient, currentToken, lockActor, setSessionCookie } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import { acceptRegistration, amrOf, type CreationOptions, creationOptions } from "./ceremonies";
import type { Holder } from "./challenges";
import { hasPasskeys } from "./relying-party";
import { countPasskeys, deletePasskey, insertPasskey, MOST_PASSKEYS, renamePasskey } from "./store";

// What users do with their own passkeys. Callers have asked for a fresh confirmation, except for a new name.

type Added =
  | { state: "added" }
  /** Not a new passkey that was made here, for this user, in the last five minutes. */
  | { state: "refused" }
  /** An account has it already. */
  | { state: "taken" }
  | { state: "too-many" };

/** What the browser needs to make a passkey for the logged-in user. */
export async function startAdding({
  user,
  session,
}: ActiveSession): Promise<{ state: "started"; options: CreationOptions } | { state: "too-many" } | TryLater> {
  return rateLimited([["challenge", session.handle]], async () => {
    if (!hasPasskeys() || (await countPasskeys(user.id)) >= MOST_PASSKEYS) return { state: "too-many" };
    return { state: "started", options: await creationOptions(user, holderOf(session)) };
  });
}

/**
 * Adds the passkey that the browser has made, under this name. This session is at level 2 from then on, and gets a new
 * token (ASVS 7.2.4). Tells the account's owner.
 */
export async function addPasskey(
  found: ActiveSession,
  { answer, name }: { answer: string; name: string },
): Promise<Added | TryLater> {
  const { user, session } = found;
  const [token, client] = [await currentToken(), await currentClient()];

  return rateLimited<Added>([["change", session.handle]], async () => {
    const bond = { purpose: "register" as const, userId: user.id, holder: holderOf(session) };
    const made = await acceptRegistration(answer, bond);
    if (!made) return { state: "refused" };

    const { isDeviceBound, ...passkey } = made;
    const outcome = await transaction<Added & { renewed?: string | null }>(async (tx) => {
      await lockActor(tx, found);
      if ((await countPasskeys(user.id, tx)) >= MOST_PASSKEYS) return { state: "too-many" };
      if (!(await insertPasskey(tx, user.id, { ...passkey, name }, client))) return { state: "taken" };
      await sessionStore().confirm(tx, session.handle, amrOf({ isDeviceBound }));
      await factorsChanged(tx, found, "passkey-added", client);
      return { state: "added", renewed: token && (await sessionStore().renew(tx, token)) };
    });
    if (outcome.renewed) await setSessionCookie(outcome.renewed, { ...session, role: user.role });
    return { state: outcome.state };
  });
}

/**
 * Removes one of the user's passkeys, and tells the owner. Without another second factor, the recovery codes go with it.
 * No session ends.
 */
export async function removePasskey(
  found: ActiveSession,
  id: string,
): Promise<{ state: "removed"; name: string } | { state: "not-found" } | TryLater> {
  const client = await currentClient();
  return rateLimited([["change", found.session.handle]], async () =>
    transaction(async (tx) => {
      await lockActor(tx, found);
      const name = await deletePasskey(tx, { userId: found.user.id, id });
      if (name === null) return { state: "not-found" as const };
      await forgetCodesIfAlone(tx, found.user.id);
      await factorsChanged(tx, found, "passkey-removed", client);
      return { state: "removed" as const, name };
    }),
  );
}

/** Gives one of the user's passkeys another name. */
export async function namePasskey(
  found: ActiveSession,
  { id, name }: { id: string; name: string },
): Promise<{ state: "named" } | { state: "not-found" } | TryLater> {
  const { user, session } = found;
  const client = await currentClient();
  return rateLimited([["change", session.handle]], async () =>
    transaction(async (tx) => {
      await lockActor(tx, found);
      const before = await renamePasskey(tx, { userId: user.id, id }, name);
      if (before === null) return { state: "not-found" as const };
      if (before === name) return { state: "named" as const };
      const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...client };
      await record(tx, { event: "user_updated", reason: "passkey-renamed", ...line });
      return { state: "named" as const };
    }),
  );
}

function holderOf({ handle }: ActiveSession["session"]): Holder {
  return { session: handle };
}
