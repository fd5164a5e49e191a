import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright/test";
import { db } from "@/lib/db";
import { fromSomewhere } from "@/testing/post-action";
import { expect, submitLogin, type TestUser } from "./fixtures";
import type { SecureServer } from "./secure-server";

/** Makes Chromium keep keys in software, and bind sessions with them. Without either it binds none. */
const FEATURES = "EnableBoundSessionCredentialsSoftwareKeysForManualTesting";
/** A browser signs six times in nine minutes for one site. Tests sign more often. */
const NO_QUOTA = "DeviceBoundSessions:RefreshQuota/false";

/** The name of the cookie with the proof. */
export const PROOF = "__Host-session-proof";

/** What a browser must know of a server behind TLS. */
type Reached = Pick<SecureServer, "url" | "spki">;

type Options = {
  isBinding?: boolean;
  /** Where the browser keeps everything when it closes. */
  folder?: string;
  /** A running Chromium. A context of it is as good as another browser, which takes seconds to start. */
  within?: Browser;
};

/** How a Chromium starts that reaches a server behind TLS. */
function optionsFor({ spki }: Reached, isBinding: boolean) {
  const args = [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    `--ignore-certificate-errors-spki-list=${spki}`,
    ...(isBinding ? [`--enable-features=${NO_QUOTA},${FEATURES}`] : []),
  ];
  return { executablePath: process.env.WHOLE_CHROMIUM, args };
}

/** A browser of its own, with one context, whose events about bound sessions it notes. */
export type BoundBrowser = {
  browser: Browser | null;
  context: BrowserContext;
  page: Page;
  /** Events as texts, such as "create", "refresh:Refreshed" and "end:ServerRequested". */
  events: string[];
  /** Loses the key of the bound session, as a reset security chip does. */
  loseKey(): Promise<void>;
  close(): Promise<void>;
};

/** Starts a Chromium in which each context binds sessions with keys of its own, or none does. */
export function launchChromium(server: Reached, isBinding = true): Promise<Browser> {
  return chromium.launch(optionsFor(server, isBinding));
}

/** Starts a browser that binds sessions. */
export async function startChromium(
  server: Reached,
  { isBinding = true, folder, within }: Options = {},
): Promise<BoundBrowser> {
  const inContext = { baseURL: server.url, extraHTTPHeaders: fromSomewhere() };
  const browser = within ?? (folder ? null : await launchChromium(server, isBinding));
  const context = browser
    ? await browser.newContext(inContext)
    : await chromium.launchPersistentContext(String(folder), { ...optionsFor(server, isBinding), ...inContext });
  const page = context.pages()[0] ?? (await context.newPage());
  const cdp = await context.newCDPSession(page);
  const events: string[] = [];
  const loseKey = await watch(cdp, events);
  const close = async () => {
    await context.close();
    if (!within) await browser?.close();
  };
  return { browser, context, page, events, loseKey, close };
}

type Occurred = {
  sessions?: { key: unknown }[];
  creationEventDetails?: { fetchResult: string; newSession?: { key: unknown } };
  refreshEventDetails?: { refreshResult: string; newSession?: { key: unknown } };
  terminationEventDetails?: { deletionReason: string };
};

async function watch(cdp: CDPSession, events: string[]): Promise<() => Promise<void>> {
  // Playwright's types do not know these yet.
  const its = cdp as unknown as {
    on(name: string, listener: (event: Occurred) => void): void;
    send(name: string, parameters?: object): Promise<unknown>;
  };
  let key: unknown;
  its.on("Network.deviceBoundSessionsAdded", ({ sessions }) => {
    key = sessions?.at(-1)?.key ?? key;
  });
  its.on("Network.deviceBoundSessionEventOccurred", (event) => {
    key = (event.refreshEventDetails ?? event.creationEventDetails)?.newSession?.key ?? key;
    if (event.creationEventDetails) events.push("create");
    if (event.refreshEventDetails) events.push(`refresh:${event.refreshEventDetails.refreshResult}`);
    if (event.terminationEventDetails) events.push(`end:${event.terminationEventDetails.deletionReason}`);
  });
  await its.send("Network.enable");
  await its.send("Network.enableDeviceBoundSessions", { enable: true });
  return async () => {
    // The browser reports a new session only some time after it was bound.
    await expect.poll(() => key).toBeDefined();
    await its.send("Network.deleteDeviceBoundSession", { key });
  };
}

/** Logs in by the form. */
export async function logInAt(page: Page, user: TestUser): Promise<void> {
  await page.goto("/login");
  await submitLogin(page, user);
  await expect(page).toHaveURL(/\/dashboard$/);
}

/** The user's only session, once it is bound. */
export async function untilBound({ id }: TestUser): Promise<{ handle: string; boundAt: Date }> {
  let bound: { handle: string; boundAt: Date | null } | null = null;
  await expect
    .poll(async () => {
      bound = await db().session.findFirst({
        where: { userId: id, boundAt: { not: null } },
        select: { handle: true, boundAt: true },
        orderBy: { createdAt: "desc" },
      });
      return bound?.boundAt ?? null;
    })
    .not.toBeNull();
  return bound as unknown as { handle: string; boundAt: Date };
}

/** Lets the proof run out, as it does after `PROOF_LIFETIME`. */
export async function runOut({ context }: Pick<BoundBrowser, "context">): Promise<void> {
  await context.clearCookies({ name: PROOF });
}

/** The cookies of a browser as a header, as a thief has them. `without` leaves one out, which has run out by then. */
export async function cookieJar({ context }: Pick<BoundBrowser, "context">, without?: string): Promise<string> {
  const cookies = await context.cookies();
  return cookies
    .filter(({ name }) => name !== without)
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
}
