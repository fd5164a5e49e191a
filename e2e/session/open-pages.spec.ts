import type { Page } from "playwright/test";
import {
  copiedBrowser,
  expect,
  newSession,
  newUser,
  phone,
  sendLogin,
  test,
  untilListening,
} from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";
import { startServer } from "@/testing/server";

const DAY = 86_400;

/** Our own pages send this. */
const SAME_SITE = { "Sec-Fetch-Site": "same-origin", Origin: String(process.env.APP_URL) };

/** Lets a user's sessions end in this many seconds, and their open pages ask about it. */
async function endIn(page: Page, userId: string, seconds: number): Promise<void> {
  await db().$executeRaw`
    UPDATE sessions SET created_at = now() - make_interval(secs => ${30 * DAY - seconds}), last_seen_at = now()
     WHERE user_id = ${userId}::uuid`;
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
}

/**
 * The toast, once it is complete. It may add that not everything was heard: other tests cut off servers of this
 * database, whose answers are then missing. server/events/open-pages.test.ts tests when an answer is complete.
 */
function toast(page: Page) {
  return page.getByRole("status").filter({ hasText: /is out|Logged out/ });
}

test("the tab's title counts down the last ten minutes, and is the page's own again after an extension", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await page.goto("/account");
  await untilListening(page);
  const own = await page.title();
  await endIn(page, user.id, 9 * 60 + 30);
  await expect(page).toHaveTitle(`9 min left · ${own}`);
  await page.getByRole("navigation").getByRole("link", { name: "Devices" }).first().click();
  await expect(page).toHaveTitle(/^9 min left · Devices · /);
  await page.goBack();

  await endIn(page, user.id, 59);
  await expect(page).toHaveTitle(new RegExp(`^5\\d s left · ${own}$`));
  const seconds = async () => Number(/^(\d+) s left/.exec(await page.title())?.[1]);
  const first = await seconds();
  await expect.poll(seconds).toBeLessThan(first);
  await endIn(page, user.id, DAY);
  await expect(page).toHaveTitle(own);
});

test("after logging a device out, the toast waits for the word of its page, and says it once", async ({
  page,
  user,
  logIn,
}) => {
  const other = await phone(page, user);
  await logIn(page, user, "/sessions");
  await untilListening(page);
  // Everything that a screen reader announces.
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const region = [...document.querySelectorAll("[role=status]")].find((each) => each.matches(".fixed"));
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes)
          if (node instanceof HTMLElement && !node.closest("[aria-hidden]")) said.push(node.textContent);
    }).observe(region as Element, { childList: true, subtree: true });
  });
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();

  await expect(toast(page)).toHaveText(/^Safari on iOS is out\. (Its page|1 page) went blank after \d\.?\d? s\./);
  expect(await page.evaluate(() => (window as unknown as { said: string[] }).said)).toEqual([
    expect.stringMatching(/^Safari on iOS is out\. (Its page|1 page) went blank/),
  ]);
  await other.context().close();
});

test("each tab of the device confirms for itself, and the last one counts", async ({ page, user, logIn }) => {
  await logIn(page);
  const other = await phone(page, user);
  const tab = await other.context().newPage();
  await tab.goto("/account");
  await untilListening(tab);
  await page.goto("/sessions");
  await untilListening(page);
  // This tab paints nothing, as in a window that nobody sees, so it confirms 0.2 s later.
  await tab.evaluate(() => Object.assign(window, { requestAnimationFrame: () => 0 }));
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();

  await expect(toast(page)).toHaveText(/(Its 2|2) pages went blank after (0\.[2-9]|[1-9]\.?\d?) s\./);
  await other.context().close();
});

test("a device without a page, and a page that does not answer, are told apart", async ({ page, user, logIn }) => {
  const other = await phone(page, user);
  await other.goto("about:blank");
  await logIn(page, user, "/sessions");
  await untilListening(page);
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
  await expect(toast(page)).toHaveText(
    /^Safari on iOS is out\. (No page was open and online|Not heard yet: a page may be open) there\.$/,
  );

  const silent = await phone(page, user);
  await silent.evaluate(() => Object.assign(window, { fetch: () => Promise.reject(new Error("offline")) }));
  await page.reload();
  await untilListening(page);
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
  await expect(page.getByText("Waiting for open pages…")).toBeVisible();
  await expect(page.getByRole("article"), "the log-out itself does not wait").toHaveCount(1);
  await expect(toast(page)).toHaveText(/Not heard yet: an open page may still show what it has loaded/);
  await other.context().close();
  await silent.context().close();
});

test("several devices at once are summed up in one toast", async ({ page, user, logIn }) => {
  const others = [await phone(page, user), await phone(page, user)];
  await logIn(page, user, "/sessions");
  await untilListening(page);
  await page.getByRole("button", { name: "Log out other devices" }).click();

  await expect(toast(page)).toHaveText(/^Logged out 2 devices\. (Their 2|2) pages went blank after \d\.?\d? s\./);
  for (const other of others) await other.context().close();
});

test("a page on another instance confirms, too", async ({ page, user, logIn }) => {
  const server = await startServer({});
  const other = await phone(page, user, server.url);
  await logIn(page, user, "/sessions");
  await untilListening(page);
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();

  await expect(toast(page)).toHaveText(/(Its page|1 page) went blank after/);
  await server.stop();
  await other.context().close();
});

test("a confirmation without a valid ticket, or by another user's question, reveals and changes nothing", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const other = await phone(page, user);
  const answers = [];
  for (const ticket of ["", "x", `${"a".repeat(22)}.${"b".repeat(22)}`, "é".repeat(45)])
    answers.push(await page.request.post("/api/events", { form: { ticket, tab: "a", tabs: "3" }, headers: SAME_SITE }));
  expect(answers.map((answer) => answer.status())).toEqual([204, 204, 204, 204]);

  await page.goto("/sessions");
  await untilListening(page);
  const asked = page.waitForResponse(/\/api\/receipt\?id=/);
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
  const answer = await asked;
  expect(await answer.json()).toMatchObject({ pages: 1, blank: 1 });

  const stranger = await newUser();
  const cookie = `${cookieName()}=${await newSession(stranger)}`;
  const foreign = await fetch(answer.url(), { headers: { Cookie: cookie } });
  expect(await foreign.json()).toMatchObject({ pages: 0, blank: 0 });
  await db().user.delete({ where: { id: stranger.id } });
  await other.context().close();
});

test("a device says that a page is open there, and stops saying so once it is closed, without a reload", async ({
  page,
  user,
  logIn,
}) => {
  const other = await phone(page, user);
  await logIn(page, user, "/sessions");
  const device = page.getByRole("article", { name: "Safari on iOS" });
  await expect(device).toContainText("Active now · a page is open");
  await untilListening(page);
  await page.evaluate(() => Object.assign(window, { isSame: true }));
  await other.goto("about:blank");
  await expect(device).not.toContainText("a page is open");
  await expect(device).toContainText(/Last active/);
  await other.goto(`${process.env.APP_URL}/account`);
  await expect(device).toContainText("Active now · a page is open");

  await db().$executeRaw`
    UPDATE sessions SET last_seen_at = now() - interval '2 hours', created_at = now() - interval '3 hours'
     WHERE user_id = ${user.id}::uuid`;
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(device, "an open page is not a use").toContainText("Last active 2 hours ago · a page is open");
  expect(await page.evaluate(() => (window as unknown as { isSame: boolean }).isSame)).toBe(true);
  await other.context().close();
});

test("without JavaScript, the page says which devices have an open page, and after a log-out what it said before", async ({
  page,
  user,
}) => {
  const other = await phone(page, user);
  await sendLogin(page, user);
  const plain = await copiedBrowser(page, { javaScriptEnabled: false });
  await plain.goto("/sessions");
  await expect(plain.getByRole("article", { name: "Safari on iOS" })).toContainText("Active now · a page is open");
  await plain.getByRole("button", { name: "Log out Safari on iOS" }).click();
  await expect(plain.getByText("Device logged out.")).toBeVisible();
  await expect(plain.getByText(/went blank/)).toHaveCount(0);
  await plain.context().close();
  await other.context().close();
});

test("a session that ends elsewhere appears under the recently ended at once", async ({ page, user, logIn }) => {
  const other = await phone(page, user);
  await logIn(page, user, "/sessions");
  await untilListening(page);
  await expect(page.getByText("Recently ended")).toHaveCount(0);
  await other.getByRole("button", { name: "Log out", exact: true }).click();

  await expect(page.getByRole("group").filter({ hasText: "Recently ended" }).getByRole("listitem")).toHaveText([
    /^Logged out.*Safari on iOS/,
  ]);
  await other.context().close();
});
