import { listTrustedBrowsers } from "@/lib/auth/device";
import { addressOf } from "@/lib/auth/totp/code";
import { findApp, secretToShow } from "@/lib/auth/totp/store";
import { describeBrowser } from "@/lib/http/user-agent";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { factorsOf } from "./factors";
import { recoveryCodesSince } from "./recovery-codes";

/** A browser in which log-ins need no second step, as its owner sees it. Times are ISO 8601. */
export type ShownBrowser = { handle: string; browser: string; since: string; until: string };

/** What the security page shows of a user's factors, without any secret. Throws an Outage. */
export async function showSecurity(userId: string) {
  const { recoveryCodes: left } = await factorsOf(userId);
  return {
    app: await findApp(userId),
    recoveryCodes: { left, since: left > 0 ? await recoveryCodesSince(userId) : null },
    trusted: await showTrustedBrowsers(userId),
  };
}

/** The browsers in which a user's log-ins need no second step, the newest first. Throws an Outage. */
export async function showTrustedBrowsers(userId: string): Promise<ShownBrowser[]> {
  const browsers = await listTrustedBrowsers(userId);
  return browsers.map(({ handle, userAgent, trustedAt, trustedUntil }) => ({
    handle,
    browser: describeBrowser(userAgent, words()),
    since: trustedAt.toISOString(),
    until: trustedUntil.toISOString(),
  }));
}

/** What the page that sets up an app shows to this session alone: a new secret. Throws an Outage. */
export async function setUpApp({
  user,
  session,
}: Pick<ActiveSession, "user" | "session">): Promise<{ secret: string; address: string; isReplacing: boolean }> {
  const secret = await secretToShow(user.id, session.handle);
  return { secret, address: addressOf(secret, user.email), isReplacing: (await findApp(user.id)) !== null };
}
