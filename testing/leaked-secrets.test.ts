import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seal, sealDevice } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { faultsOfPrinted, findSecrets, passwordsIn } from "./leaked-secrets";

const SECRETS = ["correct horse battery staple", "a secret for the tests and for nothing but the tests"];
const LINE =
  '{"level":"debug","time":"2026-11-25T00:58:38.385Z","requestId":"0198c5a2-8f4e-4c3b-9d5a-1f2e3d4c5b6a","method":"GET","path":"/reset-password","status":200,"durationMs":12.3,"address":"::1","msg":"answered"}';

const FULL = `{"level":"trace","time":"2026-11-25T00:58:38.385Z","port":3000,"msg":"listening"}\n${LINE}\n`;

// Nearly every token has a small letter, a capital and a digit; this one always does.
const TOKEN = `aA1${newToken().slice(3)}`;

test.each<[string, () => string | Promise<string>]>([
  ["a seal", async () => `{"msg":"no session for ${await seal(newToken())}"}`],
  ["the value of a cookie", async () => `GET / session=${await seal(newToken())}`],
  ["the value of a cookie", async () => `device=${await sealDevice(newToken())}`],
  ["the value of a cookie", () => "__Host-session=abc"],
  ["the value of a cookie", () => "session-3000-ending=abc"],
  ["the token of a link", () => `{"path":"/verify-email?token=${TOKEN}"}`],
  ["the token of a link", () => `{"path":"/login?next=%2Fverify-email%3Ftoken%3D${TOKEN}"}`],
  ["the token of a link", () => "http://localhost/login?ticket=abc"],
  ["a token", () => `{"msg":"${TOKEN}"}`],
  ["a cookie", () => '{"headers":{"cookie":"theme=dark"}}'],
  ["a cookie", () => "Cookie: theme=dark"],
  ["a cookie", () => "Set-Cookie: theme=dark; Path=/"],
  ["a cookie", () => '{"headers":{"set-cookie":["theme=dark"]}}'],
  ["an address that a mail goes to", () => `Mail to ${randomUUID()}@example.com`],
  ["a password or secret of the tests", () => '{"password":"correct horse battery staple"}'],
  ["a password or secret of the tests", () => "/login?password=correct%20horse%20battery%20staple"],
  ["a password or secret of the tests", () => "Error: a secret for the tests and for nothing but the tests"],
])("%s is found in printed output", async (what, plant) => {
  const found = findSecrets([LINE, await plant(), LINE].join("\n"), SECRETS);
  expect(found).toContainEqual({ what, line: 2 });
  expect(found.every(({ line }) => line === 2)).toBe(true);
});

test("redacted values and ordinary log lines are not reported as secrets", () => {
  const blanked = '{"headers":{"cookie":"[redacted]"},"path":"/login?token=[redacted]","msg":"session=[redacted]"}';
  expect(findSecrets([LINE, blanked, "✓ Application started (1.2 s)"].join("\n"), SECRETS)).toEqual([]);
});

test("the passwords in a test's source are recognised by their position", () => {
  const source = `
    const password = "correct horse battery staple";
    const OTHER = "orange wednesday teapot lychee";
    await submitLogin(page, { email, password: "violet tuesday kettle mango" });
    await page.getByLabel("New password").fill("a very new password");
    await page.getByLabel("Name").fill("Ada, Countess of Lovelace");`;
  expect(passwordsIn(source).sort()).toEqual([
    "a very new password",
    "correct horse battery staple",
    "orange wednesday teapot lychee",
    "violet tuesday kettle mango",
  ]);
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "printed-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("complete logs without a secret have no fault", () => {
  expect(
    faultsOfPrinted(folderWith({ "usual.log": `✓ Started\n${FULL}`, "other.log": "✓" }), "usual.log", SECRETS),
  ).toEqual([]);
});

test.each<[string, Record<string, string>]>([
  ["is missing", { "other.log": FULL }],
  ["is empty", { "usual.log": "" }],
  ["contains no request", { "usual.log": FULL.split("\n", 1).join() }],
  ["lacks lines at trace level", { "usual.log": LINE }],
])("a server log that %s is reported as a fault", (_what, files) => {
  const [fault] = faultsOfPrinted(folderWith(files), "usual.log", SECRETS);
  expect(fault).toContain("the log of the tests' server is missing");
});

test("an empty log of another server is reported as a fault", () => {
  expect(faultsOfPrinted(folderWith({ "usual.log": FULL, "other.log": "" }), "usual.log", SECRETS)).toEqual([
    expect.stringMatching(/^nothing was printed: .*other\.log$/),
  ]);
});

test("a fault names the file and the line, but does not repeat the secret", () => {
  const [fault = ""] = faultsOfPrinted(folderWith({ "usual.log": `${FULL}Cookie: theme=dark` }), "usual.log", SECRETS);
  expect(fault).toMatch(/^a cookie: .*usual\.log, line 3$/);
});
