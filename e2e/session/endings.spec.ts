import { expect, sessionCookie, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { sessionStore } from "@/lib/session/store";
import { cookieName } from "@/testing/cookie-name";
import { postAction } from "@/testing/post-action";
import { ageSessions } from "@/testing/sessions";

const FIREFOX = {
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  ipAddress: "192.0.2.7",
};

async function tokenHash(userId: string) {
  const session = await db().session.findFirstOrThrow({ where: { userId }, select: { tokenHash: true } });
  return session.tokenHash;
}

test("a user logged out from another browser learns which browser it was, and when", async ({ page, user, logIn }) => {
  await logIn(page);
  await sessionStore().end(db(), { tokenHash: await tokenHash(user.id) }, "revoked", FIREFOX);

  const notice = page.getByRole("alert").filter({ hasText: "You logged this device out from Firefox on Linux" });
  await expect(notice).toBeVisible();
  await expect(notice.locator("time")).toHaveAttribute("datetime", new RegExp(new Date().toISOString().slice(0, 10)));
});

for (const swept of [false, true]) {
  test(`a user whose session was unused for too long learns how long, ${swept ? "after" : "before"} the row was swept`, async ({
    page,
    user,
    logIn,
  }) => {
    await logIn(page);
    await ageSessions({ userId: user.id }, { created: 8 * DAY, seen: 8 * DAY });
    if (swept) await sessionStore().sweep();
    await page.goto("/dashboard");

    await expect(page).toHaveURL("/login?next=%2Fdashboard");
    await expect(page.getByText("after 7 days of inactivity")).toBeVisible();
  });

  test(`a user whose session is too old learns so, ${swept ? "after" : "before"} the row was swept`, async ({
    page,
    user,
    logIn,
  }) => {
    await logIn(page);
    await ageSessions({ userId: user.id }, { created: 31 * DAY, seen: 10_000 });
    if (swept) await sessionStore().sweep();
    await page.goto("/dashboard");

    await expect(page.getByText("log-ins last at most 30 days")).toBeVisible();
  });
}

test("a user whose account was disabled learns so", async ({ page, user, logIn }) => {
  await logIn(page);
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });

  await expect(page.getByText("your account has been disabled")).toBeVisible();
});

test("a copied cookie of a logged-out session leads to a page that says so", async ({ page, logIn }) => {
  await logIn(page);
  const cookie = await sessionCookie(page);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  if (cookie) await page.context().addCookies([cookie]);
  await page.goto("/dashboard");

  await expect(page.getByText("You logged out of this device.")).toBeVisible();
});

test("a session revoked during navigation leads to the log-in page, which keeps the destination", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await page.goto("/logout");
  await sessionStore().end(db(), { tokenHash: await tokenHash(user.id) }, "revoked", FIREFOX);
  await page.getByRole("link", { name: "Stay" }).click();

  await expect(page).toHaveURL("/login?next=%2Fdashboard");
});

test("/login?logged-out does not tell a logged-in user that they are logged out", async ({ page, user, logIn }) => {
  await logIn(page);
  await page.goto("/login?logged-out");

  await expect(page.getByText("You've logged out")).toHaveCount(0);
  await expect(page.getByText(user.email)).toBeVisible();
});

test("prefetches and API requests do not keep a session alive", async ({ page, user, logIn }) => {
  await logIn(page);
  await ageSessions({ userId: user.id }, { created: 2 * HOUR, seen: HOUR });
  const lastSeen = async () =>
    (await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { lastSeenAt: true } })).lastSeenAt;
  const before = await lastSeen();

  await page.request.get("/dashboard", { headers: { "Sec-Purpose": "prefetch;prerender" } });
  await page.request.get("/dashboard", { headers: { Purpose: "prefetch" } });
  await page.request.get("/dashboard", { headers: { RSC: "1", "Next-Router-Prefetch": "1" } });
  await page.request.get("/api/session");
  expect(await lastSeen()).toEqual(before);

  await page.request.get("/dashboard");
  expect((await lastSeen()).getTime()).toBeGreaterThan(before.getTime());
});

test("a submitted form counts as use, even if the request claims to be a prefetch", async ({ page, user, logIn }) => {
  await logIn(page);
  await ageSessions({ userId: user.id }, { created: 2 * HOUR, seen: HOUR });
  const [session] = await db().session.findMany({ where: { userId: user.id }, select: { handle: true } });
  const fields: [string, string][] = [
    ["handle", String(session?.handle)],
    ["name", "Kitchen"],
  ];
  const as = {
    Cookie: `${cookieName()}=${(await sessionCookie(page))?.value}`,
    "Sec-Purpose": "prefetch",
    Purpose: "prefetch",
  };
  await postAction({ name: "rename", path: "/sessions", fields, base: String(process.env.APP_URL), as });

  const { name, lastSeenAt } = await db().session.findFirstOrThrow({
    where: { userId: user.id },
    select: { name: true, lastSeenAt: true },
  });
  expect(name).toBe("Kitchen");
  expect(Date.now() - lastSeenAt.getTime()).toBeLessThan(60_000);
});
