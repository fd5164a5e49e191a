import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright/test";
import { faultsByAxe } from "@/e2e/support/axe";
import {
  anotherBrowser,
  copiedBrowser,
  expect,
  mailTo,
  sendLogin,
  type TestUser,
  test,
  unfold,
} from "@/e2e/support/fixtures";
import { Connection } from "@/lib/connection";
import { hashPassword } from "@/lib/password/hash";
import { createDatabase } from "@/testing/databases";
import { SEOUL, writeGeoFile } from "@/testing/geo-file";
import { startServer, type TestServer } from "@/testing/server";

// A server with a database of places. Its own Postgres database keeps other servers from taking its emails.
test.describe.configure({ mode: "default" });

const IN_LONDON = "81.2.69.142";
const IN_SEOUL = "175.16.199.7";

let folder: string;
let file: string;
let server: TestServer;
let client: Connection;

test.beforeAll(async () => {
  const database = await createDatabase(String(process.env.DATABASE_URL), "places");
  client = new Connection(database);
  await client.connect();
  folder = mkdtempSync(join(tmpdir(), "places-"));
  file = join(folder, "places.mmdb");
  writeGeoFile(file, undefined, { type: "DBIP-City-Lite" });
  server = await startServer({ DATABASE_URL: database, GEO_FILE: file });
});

test.afterAll(async () => {
  await server.stop();
  await client.end();
  rmSync(folder, { recursive: true });
});

/** An account in the server's own database. */
async function anAccount(role: "user" | "admin" = "user", locale: "ko" | null = null): Promise<TestUser> {
  const user = { id: randomUUID(), email: `${randomUUID()}@example.com`, password: "correct horse battery staple" };
  await client.query(
    "INSERT INTO users (id, email, name, password_hash, role, locale) VALUES ($1, $2, 'Ada', $3, $4::role, $5)",
    [user.id, user.email, await hashPassword(user.password), role, locale],
  );
  return user;
}

/** Logs in in a new browser, from this address. Returns its page, the dashboard. */
async function logInFrom(address: string, user: TestUser, page: Page): Promise<Page> {
  const its = await anotherBrowser(page, {
    baseURL: server.url,
    // Otherwise, axe could measure contrast in the middle of a transition.
    reducedMotion: "reduce",
    extraHTTPHeaders: { "X-Forwarded-For": address },
  });
  await sendLogin(its, user, server.url);
  await its.goto("/dashboard");
  await expect(its).toHaveURL("/dashboard");
  return its;
}

test("users see where their devices are, in their language, in words and on a map", async ({ page }) => {
  const user = await anAccount();
  const there = await logInFrom(IN_SEOUL, user, page);
  const here = await logInFrom(IN_LONDON, user, page);

  const outlines: number[] = [];
  here.on("response", (response) => {
    if (/\/world\.\S+\.svg$/.test(response.url())) outlines.push(response.status());
  });
  await here.goto("/sessions");
  await expect(here.getByRole("article").first()).toContainText("81.2.69.142 (London, United Kingdom)");
  await expect(here.getByRole("article").last()).toContainText("175.16.199.7 (Seoul, South Korea)");
  await unfold(here, String(await here.getByRole("article").last().getAttribute("aria-label")));
  await expect(here.getByText("from 175.16.199.7 (Seoul, South Korea)")).toBeVisible();

  await here.getByText("Where your devices are").click();
  await expect.poll(() => outlines).toEqual([200]);
  const places = here.getByRole("group").filter({ hasText: "Where your devices are" }).getByRole("listitem");
  await expect(places).toHaveText([/^London, United Kingdom · Chrome/, /^Seoul, South Korea · Chrome/]);
  expect(await faultsByAxe(here)).toEqual([]);
  await expect(here.getByText("Places are approximate")).toBeVisible();
  await expect(here.getByRole("link", { name: "IP Geolocation by DB-IP" })).toHaveAttribute(
    "href",
    "https://db-ip.com",
  );

  await client.query("UPDATE users SET locale = 'ko' WHERE id = $1", [user.id]);
  await there.goto("/sessions");
  await expect(there.getByRole("article").first()).toContainText("175.16.199.7 (대한민국 서울)");
  await expect(there.getByRole("article").last()).toContainText("81.2.69.142 (영국 런던)");
  await there.goto("/activity?search=런던");
  await expect(there.locator("summary").filter({ hasText: "81.2.69.142 (영국 런던)" }).first()).toBeVisible();
  await expect(there.locator("summary").filter({ hasText: "서울" })).toHaveCount(0);
});

test("the sessions page needs no script to show where devices are", async ({ page }) => {
  const user = await anAccount();
  const here = await logInFrom(IN_LONDON, user, page);
  const plain = await copiedBrowser(here, {
    baseURL: server.url,
    javaScriptEnabled: false,
    extraHTTPHeaders: { "X-Forwarded-For": IN_LONDON },
  });
  await plain.goto("/sessions");
  await plain.getByText("Where your devices are").click();
  await expect(plain.getByRole("listitem").filter({ hasText: /^London, United Kingdom/ })).toBeVisible();
});

test("a log-in from a place too far away is one question and one email, and is not refused", async ({ page }) => {
  const user = await anAccount();
  const here = await logInFrom(IN_LONDON, user, page);
  const there = await logInFrom(IN_SEOUL, user, page);

  const mail = await mailTo(user.email, /two places/);
  expect(mail.subject).toBe("Log-ins from two places 8,900 km apart");
  expect(mail.text).toContain("from a device we haven't seen before");
  expect(mail.text).toContain(
    "About 1 minute earlier, your account was used near London, United Kingdom, 8,900 km away.",
  );
  expect(mail.text).toContain("175.16.199.7 (near Seoul, South Korea)");

  await here.goto("/dashboard");
  const question = here.getByRole("region", { name: "Was this you?" }).getByRole("listitem");
  await expect(question).toHaveCount(1);
  await expect(question).toContainText("Two places about 8,900 km apart within 1 minute");
  await expect(question).toContainText("175.16.199.7 (Seoul, South Korea)");
  expect(await faultsByAxe(here)).toEqual([]);
  await question.getByRole("button", { name: /^No/ }).click();
  await expect(here).toHaveURL(/\/account/);
  // Its open page leaves by itself.
  await expect(there).toHaveURL(/\/login/);

  await here.goto("/activity");
  await expect(here.getByText("Two places about 8,900 km apart within 1 minute")).toBeVisible();
});

test("a user of a VPN is asked once about a pair of places, in their language", async ({ page }) => {
  const user = await anAccount("user", "ko");
  const here = await logInFrom(IN_LONDON, user, page);
  await logInFrom(IN_SEOUL, user, page);
  expect((await mailTo(user.email, /두 곳/)).text).toContain("영국 런던 부근에서 회원님의 계정이 사용되었습니다");
  await here.goto("/dashboard");
  const question = here.getByText("1분 사이에 약 8,900km 떨어진 두 곳에서 계정 사용");
  await expect(question).toHaveCount(2);
  await here.getByRole("button", { name: /^네.*8,900km/ }).click();
  // The dashboard also lists it among the recent activity.
  await expect(question).toHaveCount(1);

  await logInFrom(IN_SEOUL, user, page);
  await logInFrom(IN_LONDON, user, page);
  const { rows } = await client.query(
    "SELECT count(*)::int AS count FROM ledger WHERE user_id = $1 AND event = 'authn_impossible_travel'",
    [user.id],
  );
  expect(rows).toEqual([{ count: 1 }]);
});

test("administrators see where sessions and events are from", async ({ page }) => {
  const [user, admin] = [await anAccount(), await anAccount("admin")];
  await logInFrom(IN_SEOUL, user, page);
  const here = await logInFrom(IN_LONDON, admin, page);
  for (const path of [
    `/admin/sessions?user=${user.email}`,
    `/admin/users/${user.id}`,
    `/admin/activity?user=${user.id}`,
  ]) {
    await here.goto(path);
    await expect(here.locator("main").getByText("Seoul, South Korea").first()).toBeVisible();
    await expect(here.getByText("Places are approximate")).toBeVisible();
  }
});

test("a new file is read without a restart, and neither a missing nor a damaged one takes the places away", async ({
  page,
}) => {
  const user = await anAccount();
  const here = await logInFrom(IN_LONDON, user, page);
  const article = here.getByRole("article").first();
  const showing = (place: string) =>
    expect(async () => {
      await here.goto("/sessions");
      await expect(article).toContainText(place, { timeout: 500 });
    }).toPass();

  rmSync(file);
  await expect.poll(() => server.said(), { timeout: 30_000 }).toContain("GEO_FILE is missing");
  await showing("London, United Kingdom");
  writeFileSync(file, "not a database");
  await expect.poll(() => server.said(), { timeout: 30_000 }).toContain("The new GEO_FILE is unusable");
  await showing("London, United Kingdom");
  writeGeoFile(file, { "81.2.69.0/24": SEOUL });
  await showing("Seoul, South Korea");
  await expect(here.getByRole("link", { name: "GeoLite2 by MaxMind" })).toBeVisible();
  writeGeoFile(file, undefined, { type: "DBIP-City-Lite" });
  await showing("London, United Kingdom");
});

test("without the setting, pages say nothing about places; with an unusable file, the server says why it does not start", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  for (const path of ["/dashboard", "/sessions", "/activity"]) {
    await page.goto(path);
    await expect(page.getByText(/approximate|Where your devices/)).toHaveCount(0);
  }
  await expect(startServer({ GEO_FILE: join(folder, "none.mmdb") })).rejects.toThrow(
    /\nGEO_FILE is \S+none\.mmdb, which cannot be read: ENOENT: no such file or directory, open '\S+'\s+$/,
  );
});
