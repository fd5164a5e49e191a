import { sealData } from "iron-session";
import { expect, newSession, sessionCookie, submitLogin, test } from "@/e2e/support/fixtures";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import { actionNumber, fromSomewhere } from "@/testing/post-action";
import { startServer } from "@/testing/server";

const strangers: Record<string, () => Promise<string>> = {
  empty: async () => "",
  "a truncated seal": async () => (await seal(newToken())).slice(0, -10),
  "a seal with one letter changed": async () =>
    (await seal(newToken())).replace(/[\w-](?=[\w-]{5}~2$)/, (letter) => (letter === "A" ? "B" : "A")),
  "another application's seal": async () =>
    sealData({ token: newToken() }, { password: "another application's secret, quite long enough" }),
  "a seal of other data": async () => sealData({ user: "admin" }, { password: String(process.env.SESSION_SECRET) }),
  "an attempt at prototype pollution": async () => "Fe26.2*__proto__*a*b*c**d*e~2",
  "not valid text": async () => "%00%ff%fe",
};

for (const [kind, make] of Object.entries(strangers)) {
  test(`a cookie that is ${kind} counts as logged out, and is removed`, async ({ page }) => {
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

// A browser keeps no cookie of this size, but other clients can send one.
test("a cookie of 8 kB counts as logged out", async ({ request }) => {
  const headers = { Cookie: `${cookieName()}=${"a".repeat(8000)}` };

  expect((await request.get("/api/session", { headers })).status()).toBe(401);
  const answer = await request.get("/dashboard", { headers, maxRedirects: 0 });
  expect(answer.status()).toBe(307);
  expect(answer.headers()["set-cookie"]).toContain(`${cookieName()}=; Path=/; Max-Age=0`);
});

test("a sealed token without a row counts as logged out, and creates no row", async ({ page, logIn }) => {
  await page
    .context()
    .addCookies([{ name: cookieName(), value: await seal(newToken()), url: String(process.env.APP_URL) }]);
  await page.goto("/dashboard");
  await expect(page).toHaveURL("/login?next=%2Fdashboard");
  expect((await page.request.get("/api/session")).status()).toBe(401);

  await logIn(page);
});

test("the API, /api/verify and a page read every spelling of our cookie the same way", async ({ request, user }) => {
  const [name, sealed] = [cookieName(), await newSession(user)];
  const forms: [header: string, isIn: boolean][] = [
    [`${name}=${sealed}`, true],
    [`${name}=${sealed}; ${name}`, true],
    [`${name}; ${name}=${sealed}`, true],
    [`${name}=${sealed}; ${name}=`, true],
    [`${name}=junk;${name}=${sealed};  other`, true],
    [`${"a=b; ".repeat(300)}${name}=${sealed}`, true],
    [`${name}="${sealed}"`, false],
    [`${name}=${sealed.replace("*", "%2A")}`, false],
    [`${name.toUpperCase()}=${sealed}`, false],
    [`${name.replace("e", "%65")}=${sealed}`, false],
    [`session=${sealed}`, false],
  ];
  for (const [Cookie, isIn] of forms) {
    const status = async (path: string) => (await request.get(path, { headers: { Cookie }, maxRedirects: 0 })).status();
    const expected = isIn ? [200, 200, 200] : [401, 401, 307];
    expect([await status("/api/session"), await status("/api/verify"), await status("/dashboard")], Cookie).toEqual(
      expected,
    );
  }
});

test("cookies of other applications on localhost stay, and two instances on two ports do not interfere", async ({
  page,
  user,
  logIn,
}) => {
  const other = await startServer({});
  const theirs = { name: "session", value: "another application's", url: String(process.env.APP_URL) };
  await page.context().addCookies([theirs]);
  await logIn(page);
  await page.goto(`${other.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${other.url}/dashboard`);

  for (const url of [String(process.env.APP_URL), other.url])
    expect((await page.request.get(`${url}/api/session`)).status(), url).toBe(200);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  expect((await page.request.get("/api/session")).status()).toBe(200);
  expect((await page.context().cookies()).find(({ name }) => name === "session")?.value).toBe(theirs.value);
  await other.stop();
});

test("logging in over an invalid cookie sets one cookie, and a failed log-in none", async ({ user }) => {
  const post = async (password: string) => {
    const headers = {
      ...{ Origin: String(process.env.APP_URL), "Next-Action": actionNumber("login"), Cookie: `${cookieName()}=junk` },
      ...fromSomewhere(),
    };
    const body = new FormData();
    for (const [name, value] of Object.entries({ email: user.email, password })) body.append(`_1_${name}`, value);
    body.append("0", '[{},"$K1"]');
    const answer = await fetch(`${process.env.APP_URL}/login`, { method: "POST", headers, body, redirect: "manual" });
    return answer.headers.getSetCookie().filter((cookie) => cookie.startsWith(cookieName()));
  };

  expect(await post(user.password)).toEqual([expect.stringMatching(/=Fe26/)]);
  expect(await post("not the password")).toEqual([]);
});
