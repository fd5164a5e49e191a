import { spawnSync } from "node:child_process";
import { beforeAll, expect, test, vi } from "vitest";
import { createDatabase } from "@/testing/databases";

// Each starts a process, which takes its time where others work, too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

// The tests of `lib` make accounts without a password, of which the doctor would speak.
beforeAll(async () => {
  process.env.DATABASE_URL = await createDatabase(String(process.env.DATABASE_URL), "commands");
});

/** Runs a command as its npm script does, with these settings and no others. */
function run(command: string, settings: Record<string, string> = {}) {
  const { PATH, HOME, DATABASE_URL } = process.env;
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: "test",
    PATH,
    HOME,
    DATABASE_URL,
    SESSION_SECRET: "abcdefghijklmnopqrstuvwxyz0123456789",
    ...settings,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["cli/main.mjs", command], {
    env,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { status, said: stdout + stderr };
}

const NOBODY = "postgresql://nobody:nothing@127.0.0.1:1/nowhere";

test("the doctor finds nothing to do where everything is well, and says so with its exit status", () => {
  const { status, said } = run("doctor");

  expect(said).toContain("✓ The database answers.");
  expect(said).toContain("✓ All migrations are applied");
  expect(said).toMatch(/✓ The database's clock and this machine's differ by \d+ ms/);
  expect(said).toContain("Nothing has to be done.");
  expect(status).toBe(0);
});

test("the doctor says what the cookie is like for the address that is set", () => {
  expect(run("doctor", { APP_URL: "https://login.example.com" }).said).toContain(
    "✓ The cookie is __Host-session, HttpOnly, SameSite=Lax, Secure, for https://login.example.com.",
  );
});

test.each([
  ["a database that does not answer", { DATABASE_URL: NOBODY }, "✗ The database does not answer"],
  ["a secret that is too short", { SESSION_SECRET: "short" }, "✗ SESSION_SECRET is too short"],
  [
    "a secret that is not random",
    { SESSION_SECRET: "a".repeat(40) },
    "✗ SESSION_SECRET has too few different characters",
  ],
])("the doctor finds %s, and says so with its exit status", (_what, settings, finding) => {
  const { status, said } = run("doctor", settings);
  expect(said).toContain(finding);
  expect(status).toBe(1);
});

const APPLICATIONS = {
  APP_URL: "https://login.example.com",
  VERIFY_RULES: "wiki.example.com user; *.team.example.com admin; login.example.com admin",
  COOKIE_DOMAIN: "example.com",
  ALLOWED_RETURN_HOSTS: "wiki.example.com:8443,*.example.com",
  TRUSTED_PROXIES: "127.0.0.1",
};

test("the doctor finds nothing to do where the settings for applications agree", () => {
  const { status, said } = run("doctor", APPLICATIONS);
  expect(said).toContain("✓ The rules for applications can be used.");
  expect(status).toBe(0);
});

test("the doctor finds what the settings for applications lack, and names the hosts", () => {
  const lacking = { COOKIE_DOMAIN: "", ALLOWED_RETURN_HOSTS: "wiki.example.com", TRUSTED_PROXIES: "" };
  const { status, said } = run("doctor", { ...APPLICATIONS, ...lacking });
  expect(said).toContain("does not send the cookie to wiki.example.com, *.team.example.com:");
  expect(said).toContain("logging in does not lead back to *.team.example.com.");
  expect(said).toContain("TRUSTED_PROXIES is empty");
  expect(status).toBe(1);
});

test.each<[string, Record<string, string>, string]>([
  ["a database of one's own without a secret", { SESSION_SECRET: "" }, "SESSION_SECRET is missing"],
  [
    "https without a secret",
    { DATABASE_URL: "", SESSION_SECRET: "", APP_URL: "https://login.example.com" },
    "SESSION_SECRET is missing",
  ],
  ["a port that is none", { PORT: "http" }, "PORT must be a whole number"],
  ["a database that is not there", { DATABASE_URL: NOBODY }, "127.0.0.1"],
])("%s stops the start with one clear line, and no stack", (_what, settings, message) => {
  const { status, said } = run("start", { PORT: "59321", ...settings });

  expect(said).toContain(message);
  expect(said).not.toMatch(/\n\s+at /);
  expect(status).toBe(1);
});

test("a sweep by hand says how many sessions were over", () => {
  expect(run("sweep").said).toMatch(/\d+ sessions were over\./);
});

test("the policy can be read without a database and without a secret", () => {
  const { said } = run("policy", { DATABASE_URL: "", SESSION_SECRET: "", SESSION_PRESET: "aal2" });
  expect(said).toContain("| of a user | 1 hour | 1 day | 1 minute |");
});
