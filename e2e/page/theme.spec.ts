import type { Page } from "playwright/test";
import { faultsByAxe } from "@/e2e/support/axe";
import { expect, submitLogin, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { GROUNDS, THEME_COOKIE } from "@/lib/theme";

const SYSTEMS = ["light", "dark"] as const;

/** Expects a background colour of the page, `#rrggbb`. */
async function expectGround(page: Page, colour: string, when?: string): Promise<void> {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  await expect(page.locator("body"), when).toHaveCSS("background-color", `rgb(${parts.join(", ")})`);
}

async function choose(page: Page, theme: "Light" | "Dark" | "Same as system"): Promise<void> {
  const button = page.getByRole("form", { name: "Theme" }).getByRole("button", { name: theme });
  await button.click();
  await expect(button).toHaveAttribute("aria-current", "true");
}

test("pages follow the system until a theme is chosen, and follow it again when that is chosen", async ({ page }) => {
  await page.goto("/login?next=%2Fsessions");
  for (const [theme, expected] of [
    [null, GROUNDS],
    ["Light", { light: GROUNDS.light, dark: GROUNDS.light }],
    ["Dark", { light: GROUNDS.dark, dark: GROUNDS.dark }],
    ["Same as system", GROUNDS],
  ] as const) {
    if (theme) await choose(page, theme);
    await expect(page, "it stays on the page").toHaveURL("/login?next=%2Fsessions");
    for (const colorScheme of SYSTEMS) {
      await page.emulateMedia({ colorScheme });
      await expectGround(page, expected[colorScheme], `${theme} in a ${colorScheme} system`);
      const aroundPage = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")]
          .filter(({ media }) => matchMedia(media || "all").matches)
          .map(({ content }) => content),
      );
      expect(aroundPage, "the colour of the browser's bars").toEqual([expected[colorScheme]]);
    }
  }
  expect((await page.context().cookies()).map(({ name }) => name)).not.toContain(THEME_COOKIE);
});

test("a chosen theme is kept over pages, and over logging in and out", async ({ page, user }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/login");
  await choose(page, "Dark");
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
  await expectGround(page, GROUNDS.dark);
  await page.getByRole("link", { name: "Activity", exact: true }).click();
  await expect(page).toHaveURL("/activity");
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-current", "true");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  await expectGround(page, GROUNDS.dark);
});

test("a page is printed in light colours, whatever theme is chosen", async ({ page }) => {
  await page.goto("/login");
  await choose(page, "Dark");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expectGround(page, GROUNDS.light);
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false, colorScheme: "light" });

  test("without JavaScript, choosing a theme leads back to the same page in its colours", async ({ page }) => {
    await page.goto("/forgot-password");
    await choose(page, "Dark");
    await expect(page).toHaveURL("/forgot-password");
    await expectGround(page, GROUNDS.dark);
    await choose(page, "Same as system");
    await expectGround(page, GROUNDS.light);
  });
});

test("pages in the theme that was chosen against the system's pass axe", async ({ page, user, logIn }) => {
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  for (const [theme, colorScheme] of [
    ["Dark", "light"],
    ["Light", "dark"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.context().clearCookies();
    for (const path of ["/", "/signup", "/outbox", "/dashboard", "/sessions", "/account", "/admin", "/nothing"]) {
      if (path === "/dashboard") await logIn(page);
      await page.goto(path);
      if (path === "/") await choose(page, theme);
      expect(await faultsByAxe(page), `${path} in the ${theme} theme`).toEqual([]);
    }
  }
});

test("choosing a theme never redirects to another site, and an unknown theme follows the system", async ({
  request,
}) => {
  for (const [form, location, cookie] of [
    [{ theme: "dark", back: "//evil.example" }, "/", "dark"],
    [{ theme: "light", back: "https://evil.example/login" }, "/", "light"],
    [{ theme: "dark", back: "/api/session" }, "/", "dark"],
    [{ theme: "pink", back: "/login" }, "/login", ""],
  ] as const) {
    const headers = { "Sec-Fetch-Site": "same-origin" };
    const response = await request.post("/theme", { form, headers, maxRedirects: 0 });
    expect([response.status(), response.headers().location]).toEqual([303, location]);
    expect(response.headers()["set-cookie"]).toMatch(new RegExp(`^${THEME_COOKIE}=${cookie};`));
  }
});
