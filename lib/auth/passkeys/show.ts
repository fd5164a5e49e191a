import { type ShownPlace, showPlace } from "@/lib/http/place";
import { describeBrowser } from "@/lib/http/user-agent";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { listPasskeys } from "./store";

/** A passkey as its owner sees it: times as ISO 8601, no keys. */
export type ShownPasskey = {
  id: string;
  name: string;
  synced: boolean;
  /** The browser in which it was added, and where. */
  browser: string;
  address: string | null;
  place: ShownPlace | null;
  createdAt: string;
  lastUsedAt: string | null;
};

export type ShownPasskeys = { passkeys: ShownPasskey[]; now: string };

/** The user's passkeys as pages and the API show them, the latest added first. Throws an Outage. */
export async function showPasskeys({ user, now }: Pick<ActiveSession, "user" | "now">): Promise<ShownPasskeys> {
  const passkeys = await listPasskeys(user.id);
  return {
    passkeys: passkeys.map(({ id, name, synced, userAgent, ipAddress, createdAt, lastUsedAt }) => ({
      ...{ id, name, synced },
      browser: describeBrowser(userAgent, words()),
      address: ipAddress,
      place: showPlace(ipAddress, words()),
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    now: now.toISOString(),
  };
}
