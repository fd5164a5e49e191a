// Shows users what a copied session cookie is worth. A demonstration is a second, real session of theirs,
// whose cookie is used as a thief would use a copy (server/api/copy), until they log it out.
//
// It must not help a real thief. Its token is only in a cookie that no script can read, that browsers send
// to one address, and that is no session cookie. It lives for two minutes and is not confirmed.

import { transaction } from "@/lib/db";
import { record } from "@/lib/ledger/store";
import { currentClient, setCopyCookie } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import { type ActiveSession, isTooManySessions, isUserGone } from "@/lib/session/store/contract";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";

type Start = { state: "started" } | { state: "full" } | { state: "logged-out" } | TryLater;

/** Starts a demonstration. At the limit of sessions it is refused, so that it never ends a real session. */
export async function startDemonstration({ user, session }: ActiveSession, name: string): Promise<Start> {
  const { handle, publicComputer } = session;
  return rateLimited([["demonstration", handle]], async (): Promise<Start> => {
    const client = await currentClient();
    const demonstration = { name, startedBy: handle };
    try {
      const token = await transaction(async (tx) => {
        const itsData = { ...client, publicComputer, previousToken: null, amr: session.amr, demonstration };
        const started = await sessionStore().create(tx, user, itsData, { kind: "refuse" });
        const line = { userId: user.id, byUserId: user.id, sessionHandle: started.handle, ...client };
        await record(tx, { event: "session_created", reason: "demonstration", ...line });
        return started.token;
      });
      await setCopyCookie(token);
      return { state: "started" };
    } catch (error) {
      if (isTooManySessions(error)) return { state: "full" };
      if (isUserGone(error)) return { state: "logged-out" };
      throw error;
    }
  });
}

/** Logs out the user's demonstration from elsewhere, as any other device. Throws no Outage. */
export async function endDemonstration({ user }: ActiveSession): Promise<{ state: "ended" } | TryLater> {
  return orTryLater(async () => {
    const { sessions } = await sessionStore().list(user);
    const handles = sessions.filter(({ demonstration }) => demonstration).map(({ handle }) => handle);
    const by = { userId: user.id, ...(await currentClient()) };
    await transaction((tx) => sessionStore().end(tx, { userId: user.id, handles }, "revoked", by));
    return { state: "ended" };
  });
}
