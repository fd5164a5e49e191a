import { copiedBrowser, expect, test, untilListening } from "@/e2e/support/fixtures";

/** A kilobyte as networks count: 1000 bytes. */
const KB = 1000;

/** Most of it is React and Next.js. */
const MOST = { "/login": 145 * KB, "/dashboard": 165 * KB };

for (const [path, most] of Object.entries(MOST)) {
  test(`the scripts of ${path} have at most ${most / KB} kB, compressed`, async ({ page, logIn }) => {
    if (path !== "/login") await logIn(page);
    // A browser of its own, because the page that logged in has some of the scripts in its cache.
    const first = await copiedBrowser(page);
    const sizes: Promise<number>[] = [];
    first.on("requestfinished", (request) => {
      if (request.resourceType() === "script")
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await first.goto(path);
    if (path !== "/login") await untilListening(first);
    const size = (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
    await first.context().close();

    expect(size).toBeGreaterThan(most / 2);
    expect(size).toBeLessThanOrEqual(most);
  });
}

test("a page fetches no other page ahead, and a link that is followed takes one request", async ({ page, logIn }) => {
  const fetched: string[] = [];
  page.on("request", (request) => {
    if (request.headers().rsc !== undefined) fetched.push(new URL(request.url()).pathname);
  });
  // The page's scripts run once it asks for passkeys.
  await Promise.all([page.waitForRequest("**/api/passkeys/challenge"), page.goto("/login")]);
  await page.getByRole("link", { name: "Forgot your password?" }).hover();
  await logIn(page);
  await untilListening(page);
  const devices = page.getByRole("link", { name: "Devices", exact: true });
  await devices.hover();
  // Next.js would have fetched them as soon as its scripts ran.
  expect(fetched).toEqual([]);

  await devices.click();
  await expect(page).toHaveURL("/sessions");
  await expect(page.getByRole("article").first()).toBeVisible();
  expect(fetched).toEqual(["/sessions"]);
});
