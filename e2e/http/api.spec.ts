import { expect, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { HOUR } from "@/lib/env";
import { ageSessions } from "@/testing/sessions";

test("the API returns the user and the session without secrets, in a response that may not be stored", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const answer = await page.request.get("/api/session");

  expect(answer.status()).toBe(200);
  expect(answer.headers()["cache-control"]).toBe("no-store");
  const told = await answer.json();
  expect(told.user).toEqual({ id: user.id, email: user.email, name: "Ada", role: "user" });
  expect(Object.keys(told.session).sort()).toEqual([
    "amr",
    "boundAt",
    "confirmedAt",
    "confirmedUntil",
    "createdAt",
    "demonstration",
    "handle",
    "idleAt",
    "ipAddress",
    "lastIpAddress",
    "lastSeenAt",
    "level",
    "name",
    "publicComputer",
    "totalAt",
    "userAgent",
  ]);
});

test("an API request without a session gets a 401 as problem+json, never a redirect", async ({ request }) => {
  const answer = await request.get("/api/session", { maxRedirects: 0 });

  expect(answer.status()).toBe(401);
  expect(answer.headers()["content-type"]).toBe("application/problem+json");
  expect(answer.headers()["cache-control"]).toBe("no-store");
  expect(await answer.json()).toMatchObject({ status: 401, title: "Not logged in" });
});

test("an address of the API answers HEAD like GET, and refuses a POST with the methods that it allows", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  const [get, head] = [await page.request.get("/api/session"), await page.request.head("/api/session")];
  expect(head.status()).toBe(200);
  expect(await head.text()).toBe("");
  expect(head.headers()["content-type"]).toBe("application/json");
  expect(head.headers()["content-length"]).toBe(get.headers()["content-length"]);

  const post = await page.request.post("/api/session", { headers: { "Sec-Fetch-Site": "same-origin" } });
  expect(post.status()).toBe(405);
  expect(post.headers().allow).toBe("GET, HEAD");
  expect(await post.json()).toMatchObject({ status: 405 });
});

test("a disabled account is refused at its next request", async ({ page, user, logIn }) => {
  await logIn(page);
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });

  expect((await page.request.get("/api/session")).status()).toBe(401);
  await expect(page).toHaveURL("/login?next=%2Fdashboard");
});

test("an API request does not count as use of the session, and opening a page does", async ({ page, user, logIn }) => {
  await logIn(page);
  await ageSessions({ userId: user.id }, { created: HOUR, seen: HOUR });
  const before = await lastSeen(user.id);

  await page.request.get("/api/session");
  expect(await lastSeen(user.id)).toEqual(before);

  await page.goto("/dashboard");
  expect((await lastSeen(user.id)).getTime()).toBeGreaterThan(before.getTime());
});

async function lastSeen(userId: string): Promise<Date> {
  const { lastSeenAt } = await db().session.findFirstOrThrow({ where: { userId }, select: { lastSeenAt: true } });
  return lastSeenAt;
}
