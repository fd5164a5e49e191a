import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { expect, submitLogin, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";

// Each command starts a process, which takes a while.
test.slow();

/** Runs a command while the application is running, and returns its JSON output. */
async function latchkey(...args: string[]) {
  const program = spawn(process.execPath, ["cli/main.mjs", "latchkey", ...args, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(await text(program.stdout));
}

test("a session ended from the command line is refused at its next request, and its open page leaves", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  expect((await page.request.get("/api/session")).status()).toBe(200);
  const { sessions } = await latchkey("session", "list", "--user", user.email);
  expect(sessions).toMatchObject([{ email: user.email }]);

  expect(await latchkey("session", "end", "--user", user.email)).toEqual({ ended: 1 });
  expect((await page.request.get("/api/session")).status()).toBe(401);
  await expect(page.getByText("An administrator logged you out.")).toBeVisible();
});

test("an administrator created from the command line chooses a password by the link and can administer", async ({
  page,
}) => {
  const email = `${randomUUID()}@example.com`;
  const password = "a garden full of quiet foxes";
  const { id, link } = await latchkey("user", "create", "--email", email, "--admin");

  await page.goto(link);
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page).toHaveURL("/login?reset");
  await submitLogin(page, { email, password });
  await expect(page).toHaveURL("/dashboard");
  await page.goto("/admin/users");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText(email).first()).toBeVisible();

  await db().user.delete({ where: { id } });
});
