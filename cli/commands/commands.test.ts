import { spawnSync } from "node:child_process";
import { beforeAll, expect, test, vi } from "vitest";
import { createDatabase } from "@/testing/databases";

// Each test starts a process, which is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// A database of its own: the tests of `lib` create accounts without passwords, which the doctor would report.
beforeAll(async () => {
  process.env.DATABASE_URL = await createDatabase(String(process.env.DATABASE_URL), "commands");
});

/** Runs a command as its npm script does, or with a compiled program, with only these settings. */
function run(command: string, settings: Record<string, string> = {}, program = "cli/main.mjs") {
  const { PATH, HOME, DATABASE_URL } = process.env;
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: "test",
    PATH,
    HOME,
    DATABASE_URL,
    SESSION_SECRET: "abcdefghijklmnopqrstuvwxyz0123456789",
    ...settings,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, command], {
    env,
    encoding: "utf8",
    timeout: 100_000,
  });
  return { status, said: stdout + stderr };
}

/** The doctor, compiled, which starts sooner. */
const diagnose = (settings: Record<string, string>) => run("doctor", settings, process.env.PROGRAM);

const NOBODY = "postgresql://nobody:nothing@127.0.0.1:1/nowhere";

test("the doctor finds no problems in a working installation, and exits with 0", () => {
  const { status, said } = run("doctor");

  expect(said).toContain("✓ The database responds.");
  expect(said).toContain("✓ All migrations are applied");
  expect(said).toMatch(/✓ The clocks of the database and this machine differ by \d+ ms/);
  expect(said).toContain("No problems found.");
  expect(status).toBe(0);
});

test("the doctor describes the cookie for APP_URL", () => {
  expect(diagnose({ APP_URL: "https://login.example.com" }).said).toContain(
    "✓ The cookie is __Host-session, HttpOnly, SameSite=Lax, Secure, for https://login.example.com.",
  );
});

test.each([
  ["a database that does not respond", { DATABASE_URL: NOBODY }, "✗ The database does not respond"],
  [
    "hosts of which none takes writes",
    { DATABASE_URL: "postgresql://nobody:nothing@127.0.0.1:1,127.0.0.1:2/nowhere" },
    "✗ No host takes writes: 127.0.0.1:1 cannot be used (connect ECONNREFUSED 127.0.0.1:1), 127.0.0.1:2 cannot be used",
  ],
  ["a secret that is too short", { SESSION_SECRET: "short" }, "✗ SESSION_SECRET is too short"],
  [
    "a secret that is not random",
    { SESSION_SECRET: "a".repeat(40) },
    "✗ SESSION_SECRET has too few different characters",
  ],
  ["a logo that does not exist", { PRODUCT_LOGO: "/nope.svg" }, "✗ PRODUCT_LOGO is /nope.svg, which cannot be read"],
  [
    "a folder for emails that is a file",
    { OUTBOX_FOLDER: "package.json/mails" },
    "✗ OUTBOX_FOLDER is package.json/mails",
  ],
])("the doctor finds %s, and exits with 1", (_what, settings, finding) => {
  const { status, said } = diagnose(settings);
  expect(said).toContain(finding);
  expect(status).toBe(1);
});

test("the doctor marks each wrong setting on its own line", () => {
  const { status, said } = diagnose({ DATABASE_URL: NOBODY, SESSION_SECRET: "short", PORT: "-1" });
  expect(said.split("\n").filter(Boolean)).toEqual([
    expect.stringMatching(/^✗ PORT must be/),
    expect.stringMatching(/^✗ SESSION_SECRET is too short/),
    "Problems found: see the lines marked ✗.",
  ]);
  expect(status).toBe(1);
});

const APPLICATIONS = {
  APP_URL: "https://login.example.com",
  VERIFY_RULES: "wiki.example.com user; *.team.example.com admin; login.example.com admin",
  COOKIE_DOMAIN: "example.com",
  ALLOWED_RETURN_HOSTS: "wiki.example.com:8443,*.example.com",
  TRUSTED_PROXIES: "127.0.0.1",
};

test("the doctor accepts consistent settings for applications", () => {
  const { status, said } = diagnose(APPLICATIONS);
  expect(said).toContain("✓ The settings for applications are valid.");
  expect(status).toBe(0);
});

test.each<[string, Record<string, string>, string]>([
  [
    "https without COOKIE_DOMAIN",
    { APP_URL: "https://login.example.com", COOKIE_DOMAIN: "" },
    "✓ Sessions are bound to the device, in browsers that can do it. Others get a new cookie every 15 minutes.",
  ],
  [
    "COOKIE_DOMAIN",
    {},
    "With COOKIE_DOMAIN, sessions are not bound to devices. Browsers get a new cookie every 15 minutes.",
  ],
  [
    "plain http",
    { APP_URL: "http://localhost:3000", COOKIE_DOMAIN: "", VERIFY_RULES: "" },
    "On plain http, sessions are not bound to devices. Browsers get a new cookie every 15 minutes.",
  ],
  [
    "DEVICE_BINDING=off",
    { DEVICE_BINDING: "off" },
    "DEVICE_BINDING is off, so sessions are not bound to devices. Browsers get a new cookie every 15 minutes.",
  ],
  [
    "COOKIE_DOMAIN and TOKEN_ROTATION=0",
    { TOKEN_ROTATION: "0" },
    "With COOKIE_DOMAIN, sessions are not bound to devices. TOKEN_ROTATION is 0: the copied cookie of any browser works elsewhere.",
  ],
  [
    "TOKEN_ROTATION=0 alone",
    { COOKIE_DOMAIN: "", TOKEN_ROTATION: "0" },
    "Sessions are bound to the device, in browsers that can do it. TOKEN_ROTATION is 0: the copied cookie of any other browser works elsewhere.",
  ],
])("with %s, the doctor says what a copied cookie meets", (_what, settings, finding) => {
  expect(diagnose({ ...APPLICATIONS, ...settings }).said.replace(/\s+/g, " ")).toContain(finding);
});

test("the doctor reports inconsistent settings for applications, and names the hosts", () => {
  const lacking = { COOKIE_DOMAIN: "", ALLOWED_RETURN_HOSTS: "wiki.example.com", TRUSTED_PROXIES: "" };
  const { status, said } = diagnose({ ...APPLICATIONS, ...lacking });
  expect(said).toContain("do not send the cookie to wiki.example.com, *.team.example.com.");
  expect(said).toContain("the log-in page does not return to *.team.example.com.");
  expect(said).toContain("TRUSTED_PROXIES is empty");
  expect(status).toBe(1);
});

test.each<[string, Record<string, string>, string]>([
  ["a DATABASE_URL without a secret", { SESSION_SECRET: "" }, "SESSION_SECRET is missing"],
  [
    "https without a secret",
    { DATABASE_URL: "", SESSION_SECRET: "", APP_URL: "https://login.example.com" },
    "SESSION_SECRET is missing",
  ],
  ["a port that is not a number", { PORT: "http" }, "PORT must be a whole number"],
  ["a database that cannot be reached", { DATABASE_URL: NOBODY }, "127.0.0.1"],
  ["a logo that does not exist", { PRODUCT_LOGO: "/nope.svg" }, "PRODUCT_LOGO is /nope.svg, which cannot be read"],
  [
    "a database of places that does not exist, with the embedded Postgres",
    { DATABASE_URL: "", SESSION_SECRET: "", GEO_FILE: "/nope.mmdb" },
    "GEO_FILE is /nope.mmdb, which cannot be read",
  ],
  ["a store that needs permission", { SESSION_STORE: "memory" }, "SESSION_STORE=memory is refused"],
])("%s stops npm start before anything starts, with one message and no stack", (_what, settings, message) => {
  const { status, said } = run("start", { PORT: "59321", ...settings });

  expect(said).toContain(message);
  expect(said).not.toMatch(/\n\s+at |Postgres started|Database migrated/);
  expect(status).toBe(1);
});

test("npm run sweep prints how many expired sessions it deleted", () => {
  expect(run("sweep").said).toMatch(/Expired sessions deleted: \d+/);
});

test("npm run policy needs neither a database nor a secret", () => {
  const { said } = run("policy", { DATABASE_URL: "", SESSION_SECRET: "", SESSION_PRESET: "aal2" });
  expect(said).toContain("| of a user | 1 hour | 1 day | 1 minute |");
});
