import { expect, newUser, test, untilListening } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";

test("? lists all keys, G and a letter go to a page, and neither acts in a field or an open dialog", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  await untilListening(page);
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(keys.getByRole("term")).toHaveText([
    ...["Commands", "Move in a list of commands", "Run the selected command", "Close a dialog"],
    ...["Keyboard shortcuts", "Dashboard", "Devices", "Activity", "Account"],
  ]);
  await expect(keys.getByRole("definition").first()).toHaveText("Ctrl K");
  await page.keyboard.type("gs");
  await page.keyboard.press("Escape");
  await expect(keys).toBeHidden();
  await expect(page).toHaveURL("/dashboard");

  await page.keyboard.type("gc");
  await expect(page).toHaveURL("/account");
  await untilListening(page);
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("");
  await name.pressSequentially("gs?");
  await expect(name).toHaveValue("gs?");
  await expect(keys).toBeHidden();
  await expect(page).toHaveURL("/account");
});

test("single keys can be turned off, which outlasts a log-out, and on again", async ({ page, logIn }) => {
  await logIn(page);
  await untilListening(page);
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await page.keyboard.press("?");
  await page.getByRole("checkbox", { name: "Use single keys" }).press("Space");
  await expect(keys.getByText("Devices")).toHaveCount(0);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  await logIn(page);
  await untilListening(page);
  await page.keyboard.press("?");
  // At once, because the dialog would be there by now, and the next one would replace it.
  expect(await keys.isVisible()).toBe(false);
  await page.keyboard.type("gs");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("keyboard");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/dashboard");
  await page.getByRole("checkbox", { name: "Use single keys" }).check();
  await expect(keys.getByText("Devices")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.type("gs");
  await expect(page).toHaveURL("/sessions");
});

test.describe("on a Mac", () => {
  test("the list of keys has ⌘, and letters work while the keyboard writes Korean", async ({ page, logIn }) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "platform", { get: () => "MacIntel" }));
    await logIn(page);
    await untilListening(page);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog").getByRole("definition").first()).toHaveText("⌘ K");
    await page.keyboard.press("Escape");
    for (const [key, code] of [
      ["ㅎ", "KeyG"],
      ["ㅁ", "KeyA"],
    ] as const)
      await page.evaluate(([key, code]) => dispatchEvent(new KeyboardEvent("keydown", { key, code })), [
        key,
        code,
      ] as const);
    await expect(page).toHaveURL("/activity");
  });
});

test("the commands offer an administrator the users opened last, and lead to the page that asks before disabling one", async ({
  page,
  user,
  logIn,
}) => {
  const other = await newUser();
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  await db().user.update({ where: { id: other.id }, data: { name: "Grace" } });
  await logIn(page);
  for (const id of [user.id, other.id]) {
    await page.goto(`/admin/users/${id}`);
    await untilListening(page);
  }
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option", { name: `Open Grace (${other.email})` })).toBeVisible();
  await expect(page.getByRole("option", { name: `Open Ada (${user.email})` })).toBeVisible();
  // Administrators cannot disable themselves.
  await expect(page.getByRole("option", { name: `Disable Ada (${user.email})…` })).toHaveCount(0);
  const stored = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  expect(stored).toContain(other.id);
  for (const text of [other.email, user.email, "Grace", "Ada"]) expect(stored).not.toContain(text);

  await page.keyboard.type("disable grace");
  await expect(page.getByRole("option", { selected: true })).toHaveText(`Disable Grace (${other.email})…`);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/admin/users/${other.id}/disable`);
  await expect(page.getByRole("button", { name: "Disable", exact: true })).toBeVisible();
  expect((await db().user.findUniqueOrThrow({ where: { id: other.id } })).disabledAt).toBeNull();

  await untilListening(page);
  const kept = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  expect(await kept()).not.toContain(other.id);
  await logIn(page, user, `/admin/users/${other.id}`);
  await untilListening(page);
  await expect.poll(kept).toContain(other.id);
  const nobody = { userAgent: null, ipAddress: null };
  await sessionStore().end(db(), { userId: user.id, except: null }, "revoked", nobody);
  await expect(page).toHaveURL(/\/login/);
  expect(await kept()).not.toContain(other.id);
  await db().user.delete({ where: { id: other.id } });
});
