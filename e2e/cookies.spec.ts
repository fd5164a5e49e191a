import { sealData } from "iron-session";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName } from "./cookie-name";
import { expect, sessionCookie, test } from "./fixtures";

const strangers: Record<string, () => Promise<string>> = {
  empty: async () => "",
  "a seal with its end cut off": async () => (await seal(newToken())).slice(0, -10),
  "a seal with one letter changed": async () =>
    (await seal(newToken())).replace(/\w(?=\w{5}~2$)/, (letter) => (letter === "A" ? "B" : "A")),
  "a seal of another application": async () =>
    sealData({ token: newToken() }, { password: "another application's secret, quite long enough" }),
  "a seal of something else": async () => sealData({ user: "admin" }, { password: String(process.env.SESSION_SECRET) }),
  "a trap for objects": async () => "Fe26.2*__proto__*a*b*c**d*e~2",
  "not even text": async () => "%00%ff%fe",
};

for (const [kind, make] of Object.entries(strangers)) {
  test(`a cookie that is ${kind} is "not signed in", and cleaned up`, async ({ page }) => {
    await page.context().addCookies([{ name: cookieName(), value: await make(), url: String(process.env.APP_URL) }]);

    const api = await page.request.get("/api/session");
    expect(api.status()).toBe(401);

    const redirects: string[] = [];
    page.on(
      "response",
      (response) => response.status() >= 300 && response.status() < 400 && redirects.push(response.url()),
    );
    const answer = await page.goto("/dashboard");
    expect(answer?.status()).toBe(200);
    expect(redirects.length).toBeLessThanOrEqual(2);
    await expect(page).toHaveURL("/login?next=%2Fdashboard");
    expect(await sessionCookie(page)).toBeNull();
  });
}

// A browser keeps no cookie of this size; software may send one.
test('a cookie of 8 kB is "not signed in"', async ({ request }) => {
  const headers = { Cookie: `${cookieName()}=${"a".repeat(8000)}` };

  expect((await request.get("/api/session", { headers })).status()).toBe(401);
  const answer = await request.get("/dashboard", { headers, maxRedirects: 0 });
  expect(answer.status()).toBe(307);
  expect(answer.headers()["set-cookie"]).toContain(`${cookieName()}=; Path=/; Max-Age=0`);
});

test("a sealed token that no row has is not signed in, and creates none", async ({ page, logIn }) => {
  await page
    .context()
    .addCookies([{ name: cookieName(), value: await seal(newToken()), url: String(process.env.APP_URL) }]);
  await page.goto("/dashboard");
  await expect(page).toHaveURL("/login?next=%2Fdashboard");
  expect((await page.request.get("/api/session")).status()).toBe(401);

  await logIn(page);
});
