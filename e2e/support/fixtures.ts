import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import {
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
  type Response as PageResponse,
  type Request,
} from "playwright/test";
import PostalMime from "postal-mime";
import { db } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { hashPassword } from "@/lib/password/hash";
import type { Amr } from "@/lib/session/amr";
import { seal } from "@/lib/session/cookie";
import { sessionStore } from "@/lib/session/store";
import { createUser } from "@/lib/users/store";
import { cookieName } from "@/testing/cookie-name";
import { actionNumber, fromSomewhere } from "@/testing/post-action";
import { beforeStop } from "@/testing/server";
import { ageSessions, createSession } from "@/testing/sessions";
import { touch } from "./touch";

export { expect };

export type TestUser = { id: string; email: string; password: string };

/** Console errors that tests ignore: Chromium logs every error response, even an expected one. */
const EXPECTED =
  /Failed to load resource: (the server responded with a status of (401|403|404|409|413|429|503)|net::ERR_INTERNET_DISCONNECTED)|^UnrecognizedActionError/;

type Fixtures = {
  user: TestUser;
  logIn: (page: Page, user?: TestUser, path?: string) => Promise<void>;
  touched: Page;
};

/** The same for all tests of a process. A file that changes one gets processes of its own. */
type OfProcess = {
  /** The name of a database for this file alone and the servers that it starts; empty for the one of the usual server. */
  database: string;
  connected: undefined;
};

export const test = base.extend<Fixtures, OfProcess>({
  database: ["", { option: true, scope: "worker" }],

  connected: [
    async ({ database }, use) => {
      if (database) {
        // Only here, because it loads the slow migration engine.
        const { createDatabase } = await import("@/testing/databases");
        process.env.DATABASE_URL = await createDatabase(String(process.env.DATABASE_URL), database);
      }
      await use(undefined);
    },
    { auto: true, scope: "worker" },
  ],

  /** An account for this test alone. Afterwards it is deleted with everything that belongs to it. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  user: async ({}, use) => {
    const user = await newUser();
    await use(user);
    await db().user.delete({ where: { id: user.id } });
  },

  /** Each test has its own client address, so tests share no limit by address. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  extraHTTPHeaders: async ({}, use) => use(fromSomewhere()),

  /** Logs in, and opens a page: the dashboard, if no other. For tests of the log-in form there is `submitLogin`. */
  logIn: async ({ user }, use) => {
    await use(async (page, its = user, path = "/dashboard") => {
      await sendLogin(page, its);
      await page.goto(path);
      await expect(page).toHaveURL(path);
    });
  },

  /** A page that fails the test on any console error or uncaught exception. It leaves a server before that one stops. */
  page: async ({ page }, use) => {
    const faults: string[] = [];
    watchForFaults(page, faults);
    // Otherwise it would miss the server, and its failed requests would be faults.
    const goto = page.goto.bind(page);
    const stay = beforeStop(async (url) => void (isAt(page, url) && (await goto("about:blank"))));
    await use(page);
    stay();
    expect(faults, "faults in the browser's console").toEqual([]);
  },

  /** A page that a translator, extensions and a password manager modify before and after its own scripts run. */
  touched: async ({ page }, use) => {
    await page.addInitScript(touch);
    TOUCHED.add(page);
    // React replaces the modified page, and Playwright must not be filling in a field meanwhile.
    const goto = page.goto.bind(page);
    page.goto = async (...where) => {
      const replaced = page.waitForEvent("pageerror", (error) => NOT_AS_SENT.test(String(error)));
      const [response] = await Promise.all([goto(...where), replaced]);
      return response;
    };
    await use(page);
  },
});

const TOUCHED = new WeakSet<Page>();

/** React's hydration errors: the page differs from what the server sent, so React renders it again. */
const NOT_AS_SENT = /Minified React error #(418|423)/;

type ReadMail = { subject: string; text: string; link: string };

/** Waits for an email to this address whose subject matches, and returns the newest; `link` is the first link in it. */
export async function mailTo(email: string, subject: RegExp): Promise<ReadMail> {
  let found: ReadMail | undefined;
  await expect
    .poll(
      async () => {
        found = (await mailsTo(email, subject)).at(-1);
        return found;
      },
      { message: `an email to ${email}: ${subject}`, timeout: 30_000 },
    )
    .toBeDefined();
  return found as ReadMail;
}

/** The emails that this process has read, by their files: hundreds are sent, and tests ask often. */
const SENT = new Map<string, Buffer>();

/** The emails to this address that have been sent, and whose subjects match, the oldest first. */
export async function mailsTo(email: string, subject: RegExp): Promise<ReadMail[]> {
  const folder = String(process.env.OUTBOX_FOLDER);
  const found: ReadMail[] = [];
  for (const file of (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".eml")).sort()) {
    const source = SENT.get(file) ?? (await readFile(`${folder}/${file}`));
    SENT.set(file, source);
    if (!source.includes(email)) continue;
    const mail = await PostalMime.parse(source);
    if (mail.to?.[0]?.address !== email || !subject.test(mail.subject ?? "")) continue;
    const text = mail.text ?? "";
    found.push({ subject: mail.subject ?? "", text, link: hereOf(/https?:\/\/\S+/.exec(text)?.[0] ?? "") });
  }
  return found;
}

/** Points a link at the usual server: other servers share its mail queue, and put their own address into links. */
function hereOf(link: string): string {
  if (!link) return link;
  const { pathname, search, hash } = new URL(link);
  return new URL(`${pathname}${search}${hash}`, process.env.APP_URL).href;
}

const PASSWORD = "correct horse battery staple";

/** The hash of PASSWORD. One for all accounts of a test process, because each takes a tenth of a second. */
let hashed: Promise<string> | undefined;

export async function newUser(): Promise<TestUser> {
  hashed ??= hashPassword(PASSWORD);
  const email = `${randomUUID()}@example.com`;
  const { id } = await createUser({ email, name: "Ada", passwordHash: await hashed, role: "user" });
  return { id, email, password: PASSWORD };
}

export async function submitLogin(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Logs this page's browser in as the form's script does, without the form: its page takes long to load. */
export async function sendLogin(
  page: Page,
  { email, password }: TestUser,
  base = String(process.env.APP_URL),
): Promise<void> {
  const headers = { Origin: base, "Next-Action": actionNumber("login") };
  const form = new FormData();
  for (const [name, value] of [
    ["_1_email", email],
    ["_1_password", password],
    ["0", '[{},"$K1"]'],
  ] as const)
    form.append(name, value);
  const post = () => page.request.post(`${base}/login`, { headers, multipart: form, maxRedirects: 0 });
  // A busy machine may have no time for the password or the database. Then the form asks to try again.
  for (let tries = 0; tries < 10 && (await post()).status() === 503; tries++) await pause(500);
  expect(await sessionCookie(page, base), "the cookie of a new session").not.toBeNull();
}

/** Opens the folded form for deleting the account, on the account page. */
export async function unfoldDeletion(page: Page): Promise<void> {
  await page.locator("summary", { hasText: "Delete account" }).click();
}

/** Opens the details of a session, on the sessions page. */
export async function unfold(page: Page, name: string): Promise<void> {
  await page.getByRole("article", { name, exact: true }).locator("summary").click();
}

/** Holds back this page's requests to `url` until the returned function is called. */
export async function holdBack(page: Page, url: string): Promise<() => void> {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(url, async (route) => {
    await held;
    await route.continue();
  });
  return letGo;
}

function isAt(page: Page, url: string): boolean {
  return !page.isClosed() && new URL(page.url()).origin === new URL(url).origin;
}

function watchForFaults(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => {
    if (!(TOUCHED.has(page) && NOT_AS_SENT.test(String(error)))) faults.push(String(error));
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) faults.push(message.text());
  });
}

/** Starts a session for a user without the log-in form, and returns its sealed token. */
export async function newSession(user: { id: string }, amr: Amr[] = ["pwd"]): Promise<string> {
  const browser = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
  return seal(await createSession(user, { ...browser, amr }));
}

/** Starts 14 more sessions: "Device 1" to "Device 14". Each was last used a minute before the previous one, but began later. */
export async function startManySessions(user: { id: string }): Promise<void> {
  const browser = { userAgent: null, publicComputer: false, previousToken: null };
  for (let n = 1; n <= 14; n++) {
    const token = await createSession(user, { ...browser, ipAddress: `203.0.113.${n}` });
    const { session } = (await sessionStore().find(token)) ?? {};
    await sessionStore().rename({ userId: user.id, handle: String(session?.handle) }, `Device ${n}`);
    const age = { created: (120 - n) * HOUR, seen: n * MINUTE, address: "2001:db8:85a3::8a2e:370:7334" };
    await ageSessions({ token }, age);
  }
}

/** The session cookie in this page's browser, or null. */
export async function sessionCookie(page: Page, url?: string) {
  const cookies = await page.context().cookies();
  return cookies.find(({ name }) => name === cookieName(url)) ?? null;
}

export function answersAboutSession(response: PageResponse): boolean {
  return response.url().endsWith("/api/session");
}

export const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

/** The page of another browser, at another address. */
export async function anotherBrowser(page: Page, options: BrowserContextOptions = {}): Promise<Page> {
  const usual = { baseURL: String(process.env.APP_URL), extraHTTPHeaders: fromSomewhere() };
  const context = await page
    .context()
    .browser()
    ?.newContext({ ...usual, ...options });
  return (await context?.newPage()) as Page;
}

/** The page of a browser that has copies of all of this one's cookies. */
export async function copiedBrowser(page: Page, options: BrowserContextOptions = {}): Promise<Page> {
  return anotherBrowser(page, { storageState: await page.context().storageState(), ...options });
}

/** Another browser, at another address, where the user has logged in and the dashboard is open and listens. */
export async function phone(page: Page, user: TestUser, base = String(process.env.APP_URL)): Promise<Page> {
  const other = await anotherBrowser(page, { userAgent: IPHONE, baseURL: base });
  await sendLogin(other, user, base);
  await other.goto("/dashboard");
  await expect(other).toHaveURL(/\/dashboard$/);
  await untilListening(other);
  return other;
}

/** Opens the account page in another tab of this page's browser, and waits until it listens. */
export async function openTab(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto("/account");
  await untilListening(tab);
  return tab;
}

/**
 * Opens a private page, and waits until its initial requests about its session are answered.
 * After that, only its timer and events from the stream make it send more.
 */
export async function openAndAsk(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await untilListening(page);
  const counts = { asked: 0, answered: 0 };
  const isQuestion = (request: Request) => request.url().endsWith("/api/session");
  page.on("request", (request) => void (isQuestion(request) && counts.asked++));
  page.on("requestfinished", (request) => void (isQuestion(request) && counts.answered++));
  // Trigger one more request: once it is answered, responses to earlier ones no longer matter.
  await page.evaluate(() => window.dispatchEvent(new Event("online")));

  let before = "";
  await expect
    .poll(
      () => {
        const now = JSON.stringify(counts);
        const isQuiet = counts.asked > 0 && counts.answered >= counts.asked && now === before;
        before = now;
        return isQuiet;
      },
      { intervals: [300] },
    )
    .toBe(true);
}

/** Opens the event stream of a session. A server that has just started may not have its streams yet. */
export async function openStream(base: string, sealed: string): Promise<Response> {
  const headers = { Cookie: `${cookieName(base)}=${sealed}` };
  for (let tries = 0; ; tries++) {
    const stream = await fetch(`${base}/api/events`, { headers });
    if (stream.status !== 503 || tries === 50) return stream;
    await stream.text();
    await pause(100);
  }
}

/** Waits until a private page's scripts run and its browser's event stream is open. */
export async function untilListening(page: Page): Promise<void> {
  await expect(async () =>
    expect(await page.evaluate(async () => (await navigator.locks.query()).held?.length)).toBe(1),
  ).toPass();
}
