import { randomUUID } from "node:crypto";
import type { BrowserContext, Page } from "playwright/test";
import { faultsByAxe } from "@/e2e/support/axe";
import {
  anotherBrowser,
  expect,
  mailTo,
  newSession,
  openAndAsk,
  submitLogin,
  type TestUser,
  test,
  untilListening,
} from "@/e2e/support/fixtures";
import { addApp, addKey, addRecoveryCodes, halfLoginCookie, linkTo } from "@/e2e/support/second-factor";
import { rememberBrowser, trustBrowser } from "@/lib/auth/device";
import { db, transaction } from "@/lib/db";
import en from "@/lib/i18n/en.json" with { type: "json" };
import ko from "@/lib/i18n/ko.json" with { type: "json" };
import { LOCALE_COOKIE, TIME_ZONE_COOKIE } from "@/lib/i18n/reader";
import { newToken } from "@/lib/session/token";
import { startRecovery } from "@/lib/users/recoveries";
import { cookieName } from "@/testing/cookie-name";

const PUBLIC = ["/", "/login", "/signup", "/forgot-password", "/reset-password?token=spent", "/logout", "/outbox"];
const PRIVATE = [
  "/dashboard",
  "/dashboard/how-it-works",
  "/sessions",
  "/sessions/end-all",
  "/sessions/timeline",
  "/sessions/phone",
  "/activity",
  "/account",
  "/confirm?next=/sessions",
];
const ADMINISTRATION = ["/admin", "/admin/users", "/admin/users/new", "/admin/sessions", "/admin/activity", "/nothing"];

/** Gives a browser a cookie of this site. */
async function giveCookie(context: BrowserContext, name: string, value: string): Promise<void> {
  await context.addCookies([{ name, value, url: process.env.APP_URL ?? "" }]);
}

/** Logs this user in, in this browser and in another one, so that pages have sessions and activity to show. */
async function enter(context: BrowserContext, user: { id: string }): Promise<void> {
  await newSession(user);
  await giveCookie(context, cookieName(), await newSession(user));
}

/** Gives the dashboard events to ask about. */
async function happen({ id: userId }: { id: string }): Promise<void> {
  const line = { event: "authn_login_success", reason: "new-browser", userId, byUserId: userId };
  await db().ledgerLine.createMany({ data: [{ event: "authn_login_fail", userId }, line] });
}

function languageOf(page: Page): Promise<string> {
  return page.evaluate(() => document.documentElement.lang);
}

test.describe("a browser that asks for Korean", () => {
  test.use({ locale: "ko-KR", timezoneId: "Asia/Seoul" });

  test("gets pages in Korean until the visitor chooses English on a page", async ({ page }) => {
    await page.goto("/login?next=%2Fsessions");
    expect(await languageOf(page)).toBe("ko");
    await expect(page.getByRole("heading", { name: "로그인" })).toBeVisible();
    await expect(page).toHaveTitle(/^로그인/);

    await page.getByRole("button", { name: "English" }).click();
    await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
    expect(await languageOf(page)).toBe("en");
    await expect(page, "it stays on the page").toHaveURL("/login?next=%2Fsessions");
    await page.goto("/signup");
    expect(await languageOf(page)).toBe("en");
  });

  test("gets times in UTC, marked as such, on its first page, and in its own time zone from the second on", async ({
    page,
    user,
  }) => {
    await enter(page.context(), user);
    const at = new Date("2026-01-31T20:15:00Z");
    await db().ledgerLine.create({ data: { event: "authn_login_success", userId: user.id, byUserId: user.id, at } });
    await page.goto("/activity");
    await expect(page.getByRole("heading", { name: "2026년 1월 31일" })).toBeVisible();
    await expect(page.locator("time").first()).toContainText("20:15 UTC");
    await expect(page.locator("time").first()).toHaveAttribute("title", "2026. 1. 31. 20시 15분 0초 UTC");
    await expect(page.getByText("최근 30일(UTC)")).toBeVisible();
    await untilListening(page);

    await page.reload();
    await expect(page.getByRole("heading", { name: "2026년 2월 1일" })).toBeVisible();
    await expect(page.locator("time").first()).toHaveText("05:1505:15:00");
    await expect(page.locator("time").first()).toHaveAttribute("title", "2026. 2. 1. 5시 15분 0초 GMT+9");
    await expect(page.getByText("최근 30일", { exact: true })).toBeVisible();
  });

  test("keeps the page's own choice, and the reader's zone, over logging in", async ({ page, user }) => {
    await page.goto("/login?next=%2Factivity");
    await page.getByRole("button", { name: "English" }).click();
    await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
    await untilZoneIsStored(page);
    await submitLogin(page, user);
    await expect(page).toHaveURL("/activity");
    await expect(page.getByRole("heading", { name: "Activity", exact: true })).toBeVisible();
    await expect(page.getByText("(UTC)")).toHaveCount(0);
    expect(await languageOf(page)).toBe("en");
  });

  test("lets a person with a Korean name sign up, confirm by email, log in, log out a device, and log out", async ({
    page,
  }) => {
    const [email, password] = [`${randomUUID()}@example.com`, "violet tuesday kettle mango"];
    await page.goto("/signup");
    await page.getByLabel("이름").fill("김하늘");
    await page.getByLabel("이메일").fill(email);
    await page.getByLabel("비밀번호", { exact: true }).fill(password);
    await page.locator("main form button[type=submit]").first().click();
    const mail = await mailTo(email, /이메일/);
    expect(mail.text, "no English is left in the email").not.toMatch(/\b(the|your|you)\b/i);

    await page.goto(mail.link);
    await page.getByLabel("비밀번호", { exact: true }).fill(password);
    await page.locator("main form button[type=submit]").first().click();
    await expect(page).toHaveURL("/dashboard");
    await expect(page.getByText("김하늘").first()).toBeVisible();

    const { id } = await db().user.findUniqueOrThrow({ where: { email }, select: { id: true } });
    const other = await anotherBrowser(page);
    await giveCookie(other.context(), cookieName(), await newSession({ id }));
    await page.goto("/sessions");
    await untilListening(page);
    await expect(page.getByRole("article")).toHaveCount(2);
    await page
      .getByRole("article")
      .last()
      .getByRole("button", { name: /로그아웃/ })
      .click();
    await expect(page.getByRole("article")).toHaveCount(1);
    await other.context().close();

    await page.getByRole("button", { name: "로그아웃", exact: true }).first().click();
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByText("로그아웃되었습니다.")).toBeVisible();
    await db().user.delete({ where: { id } });
  });

  test("gets only pages in which axe finds no accessibility fault", async ({ page, user }) => {
    await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
    for (const path of PUBLIC) await expectNoFault(page, path);
    await enter(page.context(), user);
    await happen(user);
    for (const path of [...PRIVATE, ...ADMINISTRATION]) await expectNoFault(page, path);
  });
});

/** Waits until the page's script has stored the reader's time zone. */
async function untilZoneIsStored(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.cookie)).toContain(TIME_ZONE_COOKIE);
}

async function expectNoFault(page: Page, path: string): Promise<void> {
  await page.goto(path);
  expect(await faultsByAxe(page), path).toEqual([]);
}

test("the account's language applies in every browser, even one that prefers another language", async ({
  page,
  user,
}) => {
  await enter(page.context(), user);
  await openAndAsk(page, "/account");
  expect(await languageOf(page)).toBe("en");
  await page.getByRole("button", { name: "한국어" }).first().click();
  await expect(page).toHaveURL("/account");
  expect(await languageOf(page)).toBe("ko");

  const other = await anotherBrowser(page, { locale: "en-GB" });
  await giveCookie(other.context(), cookieName(), await newSession(user));
  await other.goto("/dashboard");
  expect(await languageOf(other)).toBe("ko");
  await other.context().close();
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("the account's time zone applies in every browser, even one in another zone, until it is removed", async ({
    page,
    user,
  }) => {
    await enter(page.context(), user);
    await giveCookie(page.context(), TIME_ZONE_COOKIE, "Europe/London");
    const at = new Date("2026-01-31T20:15:00Z");
    await db().ledgerLine.create({ data: { event: "authn_login_success", userId: user.id, byUserId: user.id, at } });
    const choose = async (zone: string) => {
      await page.goto("/account");
      await page.getByLabel("Time zone").selectOption(zone);
      await page.getByRole("button", { name: "Change time zone" }).click();
      await expect(page.getByText("Your time zone has been saved.")).toBeVisible();
      await expect(page.getByLabel("Time zone").locator("option:checked")).toHaveText(zone);
    };
    await choose("Seoul");
    await page.reload();
    await expect(page.getByText("Your time zone has been saved.")).toHaveCount(0);

    const other = await anotherBrowser(page, { timezoneId: "America/New_York" });
    await giveCookie(other.context(), cookieName(), await newSession(user));
    for (const where of [page, other]) {
      await where.goto("/activity");
      await expect(where.getByRole("heading", { name: "1 February 2026" })).toBeVisible();
      await expect(where.locator("time").last()).toContainText("05:15");
    }
    await other.context().close();

    await choose("Use the browser's time zone");
    await page.goto("/activity");
    await expect(page.getByRole("heading", { name: "31 January 2026" })).toBeVisible();
    await expect(page.locator("time").last()).toContainText("20:15");
  });

  test("changing the language leads back to the same page", async ({ page }) => {
    await page.goto("/forgot-password");
    await page.getByRole("button", { name: "한국어" }).click();
    await expect(page).toHaveURL("/forgot-password");
    await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  });
});

test("a page loads the words of its own language only", async ({ page }) => {
  const bodies: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") bodies.push(response.text());
  });
  await page.goto("/login", { waitUntil: "networkidle" });
  const scripts = (await Promise.all(bodies)).join();

  expect(scripts).toContain(en.login.chooseHint);
  expect(scripts).not.toContain(ko.login.chooseHint);
});

test("changing the language never redirects to another site, and an unknown language leads back to the page", async ({
  request,
}) => {
  for (const [form, location] of [
    [{ locale: "ko", back: "//evil.example" }, "/"],
    [{ locale: "ko", back: "https://evil.example/login" }, "/"],
    [{ locale: "ko", back: "/api/session" }, "/"],
    [{ locale: "xx", back: "/login" }, "/login"],
  ] as const) {
    const headers = { "Sec-Fetch-Site": "same-origin" };
    const response = await request.post("/language", { form, headers, maxRedirects: 0 });
    expect([response.status(), response.headers().location]).toEqual([303, location]);
  }
});

test("an unknown time zone is stored as none, and only in the account of the session", async ({
  request,
  user,
  page,
}) => {
  await enter(page.context(), user);
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const send = async (form: Record<string, string>, headers: Record<string, string>) => {
    const options = { form, headers: { "Sec-Fetch-Site": "same-origin", ...headers }, maxRedirects: 0 };
    const response = await request.post("/time-zone", options);
    expect(response.status()).toBe(303);
    return response.headers().location;
  };
  const stored = async () => db().user.findUnique({ where: { id: user.id }, select: { timeZone: true } });

  for (const [form, timeZone] of [
    [{ "time-zone": "Asia/Seoul" }, "Asia/Seoul"],
    [{ "time-zone": "Nowhere/Land" }, null],
    [{ "time-zone": "UTC" }, "UTC"],
    [{ "time-zone": "Etc/GMT+5" }, null],
    [{ "time-zone": "europe/paris" }, "Europe/Paris"],
    [{}, null],
  ] as const) {
    expect(await send({ ...form }, { Cookie: cookie })).toBe("/account?time-zone-saved");
    expect(await stored()).toEqual({ timeZone });
  }
  expect(await send({ "time-zone": "Asia/Seoul" }, {})).toBe("/account");
  expect(await stored()).toEqual({ timeZone: null });
});

test("the API responds in English, whatever language the client accepts", async ({ request }) => {
  const headers = { "Accept-Language": "ko" };
  const response = await request.get("/api/session", { headers });
  expect(response.status()).toBe(401);
  expect(await response.json()).toMatchObject({ title: expect.stringMatching(/^[ -~]+$/) });
});

test("every word on a page comes from the catalogue", async ({ page, user }) => {
  await giveCookie(page.context(), LOCALE_COOKIE, "en-XA");
  await giveCookie(page.context(), TIME_ZONE_COOKIE, "Asia/Seoul");
  for (const path of PUBLIC) expect(await untranslated(page, path), path).toEqual([]);

  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  await enter(page.context(), user);
  // Only this user's sessions and entries: other tests' users bring data of all kinds.
  const own = [`/admin/users?search=${user.email}`, `/admin/sessions?user=${user.email}`];
  const others = [
    "/admin",
    "/admin/users/new",
    `/admin/users/${user.id}`,
    `/admin/activity?user=${user.id}`,
    "/nothing",
  ];
  for (const path of [...PRIVATE, ...own, ...others])
    expect(await untranslated(page, path, [user.email, "Ada"]), path).toEqual([]);
});

/** The texts, labels and titles of a page without the accents of the pseudo-language, so not from the catalogue. */
async function untranslated(page: Page, path: string, data: string[] = []): Promise<string[]> {
  await page.goto(path);
  const texts = await page.evaluate(() => {
    const found: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    // Codes, names and stored emails are data, and the name of a language is in that language.
    const DATA =
      "script, style, noscript, code, bdi, [lang]:not(html), input, textarea, option[value], details, kbd, [translate=no]";
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement && !parentElement.closest(DATA)) found.push(textContent ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
      if (!element.closest("[lang]:not(html)"))
        for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(element.getAttribute(name) ?? "");
    return found;
  });
  // Names of the product, of time zones, of browsers, of a key, and of the columns of a session's row.
  const columns = ["handle", "created_at", "last_seen_at", "ip_address"];
  const known = [
    ...data,
    ...columns,
    "Latchkey",
    "UTC",
    "GMT",
    "Test",
    "Chrome",
    "Linux",
    "Headless",
    "Ctrl",
    "localhost",
    "CSV",
    "JSON",
  ];
  // In a pseudo-language, Intl writes months and durations in English.
  const written =
    /\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b|\b\d+ (days?|hours?|minutes?|seconds?)( ago)?\b/g;
  return texts
    .map((text) =>
      known.reduce(
        (rest, each) => rest.replaceAll(each, ""),
        text.replace(/\S+@\S+|https?:\S+|[\da-f]*:[\da-f:]+/g, ""),
      ),
    )
    .filter((text) => /[A-Za-z]{3}/.test(text.replace(written, "")));
}

test("with longer words and right-to-left text, nothing on a page is cut off, overlaps or needs sideways scrolling", async ({
  page,
  user,
}) => {
  await giveCookie(page.context(), LOCALE_COOKIE, "ar-XB");
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  for (const path of PUBLIC) await expectRoom(page, path);
  await enter(page.context(), user);
  await happen(user);
  for (const path of [...PRIVATE, ...ADMINISTRATION]) await expectRoom(page, path);
});

/** Opens every page of the second factor, each as it looks with all that it can show. */
async function openFactorPages(page: Page, user: TestUser, look: (path: string) => Promise<void>): Promise<void> {
  const context = page.context();
  for (const link of ["/recover?stop", await linkTo("/recover", "confirm-recovery", user)]) await look(link);
  await giveCookie(context, cookieName(), await newSession(user));
  for (const path of ["/account/security", "/account/security/totp"]) await look(path);

  await addApp(user);
  await addRecoveryCodes(user);
  await addKey(user, "Test");
  await trustBrowserOf(user);
  await transaction((tx) => startRecovery(tx, user, { userAgent: "Test", ipAddress: "192.0.2.7" }));
  await look("/confirm?second-factor&next=/sessions");
  await giveCookie(context, cookieName(), await newSession(user, ["pwd", "otp"]));
  for (const path of ["/account/security", "/account/security/totp"]) await look(path);

  await context.clearCookies({ name: cookieName() });
  await context.addCookies([await halfLoginCookie(user)]);
  const links = [
    await linkTo("/recover", "cancel-recovery", user),
    await linkTo("/recover", "finish-recovery", user),
    await linkTo("/secure-account", "not-me", user),
  ];
  for (const path of ["/login/verify", "/login/verify?recovery", "/recover", ...links]) await look(path);
}

async function trustBrowserOf({ id }: { id: string }): Promise<void> {
  const device = newToken();
  await rememberBrowser(db(), id, device);
  await trustBrowser(db(), id, device, "Test");
}

test("every word on the pages of the second factor comes from the catalogue", async ({ page, user }) => {
  await giveCookie(page.context(), LOCALE_COOKIE, "en-XA");
  await giveCookie(page.context(), TIME_ZONE_COOKIE, "Asia/Seoul");
  await openFactorPages(page, user, async (path) =>
    expect(await untranslated(page, path, [user.email, "Ada"]), path).toEqual([]),
  );
});

test("with longer words and right-to-left text, nothing on the pages of the second factor is cut off or overlaps", async ({
  page,
  user,
}) => {
  await giveCookie(page.context(), LOCALE_COOKIE, "ar-XB");
  await openFactorPages(page, user, (path) => expectRoom(page, path));
});

async function expectRoom(page: Page, path: string): Promise<void> {
  await page.goto(path);
  expect(await page.evaluate(() => document.documentElement.dir)).toBe("rtl");
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(faultsOfLayout), `${path} at ${width} pixels`).toEqual([]);
  }
}

/** Texts that extend beyond the page, are cut off, or overlap each other, and controls that extend beyond a border. Runs in the page. */
function faultsOfLayout(): string[] {
  /** The part of a box that is not clipped, for example by an ellipsis. */
  const seen = (box: DOMRect, element: Element): DOMRect => {
    const clip = element.closest(".truncate, .overflow-x-auto")?.getBoundingClientRect();
    if (!clip) return box;
    const [left, right] = [Math.max(box.left, clip.left), Math.min(box.right, clip.right)];
    return new DOMRect(left, box.top, Math.max(0, right - left), box.height);
  };
  const { scrollWidth, clientWidth } = document.documentElement;
  const faults = scrollWidth > clientWidth ? [`the page is ${scrollWidth} pixels wide`] : [];
  for (const control of document.querySelectorAll("input, select, textarea, button, a")) {
    const { left, right, width } = seen(control.getBoundingClientRect(), control);
    if (width === 0 || control.closest(".sr-only")) continue;
    for (let box = control.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).borderInlineEndWidth === "0px") continue;
      const around = box.getBoundingClientRect();
      if (left < around.left || right > around.right)
        faults.push(`beyond its border: ${control.outerHTML.slice(0, 99)}`);
    }
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxes: { text: string; box: DOMRect; element: Element }[] = [];
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    const text = textContent?.trim() ?? "";
    if (
      !element ||
      !text ||
      element.closest("script, style, noscript, .sr-only, dialog:not([open]), details:not([open]) > :not(summary), svg")
    )
      continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    if (getComputedStyle(element).visibility === "hidden") continue;
    // One for each line.
    for (const line of range.getClientRects()) {
      const box = seen(line, element);
      if (box.width === 0) continue;
      if (box.left < -1 || box.right > window.innerWidth + 1) faults.push(`outside: ${text}`);
      boxes.push({ text, box, element });
    }
  }
  for (const { text, element } of boxes) {
    const { overflow, textOverflow } = getComputedStyle(element);
    if (overflow !== "visible" && textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1)
      faults.push(`cut: ${text}`);
  }
  for (const [index, one] of boxes.entries())
    for (const other of boxes.slice(index + 1)) {
      if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (one.element.parentElement !== other.element.parentElement && across > 3 && down > 3)
        faults.push(`on each other: ${one.text} | ${other.text}`);
    }
  return faults;
}
