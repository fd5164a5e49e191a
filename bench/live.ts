// What it costs to keep pages live: two thousand open streams on one instance;
// and how long it takes from revoking a session until its open page is covered.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type Browser, chromium } from "playwright";
import { hashPassword } from "@/lib/auth/password";
import { db, transaction } from "@/lib/db";
import { seal } from "@/lib/session/cookie";
import { createSession, revokeSession } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import type { Start } from "@/scripts/bench";
import { requireChromium } from "@/scripts/programs";
import { HEAD, load, row, signIn } from "./load";

const STREAMS = 2000;
const REVOKES = 100;
const QUIET = 10_000;
const NOBODY = { userAgent: "Bench", ipAddress: null, publicComputer: false, previousToken: null };

/** Measures and prints both. */
export async function measure(start: Start): Promise<void> {
  const { url, pid } = await start();
  await measureStreams(url, pid);
  await measureRevokes(url);
}

async function measureStreams(url: string, pid: number): Promise<void> {
  const cookie = await signIn();
  await load(url, cookie, pause(5000)); // warm-up
  const quiet = await load(url, cookie, pause(QUIET));
  const before = memoryOf(pid);

  const cookies = await manySessions();
  const agent = new Agent({ keepAlive: true, maxSockets: STREAMS });
  const streams: IncomingMessage[] = [];
  for (const each of cookies) streams.push(await openStream(url, each, agent));
  await pause(3000);
  const after = memoryOf(pid);
  const during = await load(url, cookie, pause(QUIET));
  for (const stream of streams) stream.destroy();

  console.log(
    `${streams.length} open streams: ${(after - before).toFixed(0)} MB (from ${before.toFixed(0)} to ${after.toFixed(0)} MB)\n`,
  );
  console.log(HEAD);
  console.log(row("without streams", quiet));
  console.log(row(`beside ${STREAMS} streams`, during));
}

/** Sessions of as many users as make ten each. */
async function manySessions(): Promise<string[]> {
  const cookies: string[] = [];
  for (let user = 0; user < STREAMS / 10; user++) {
    const { id } = await createUser({
      email: `${randomUUID()}@example.com`,
      name: "Bench",
      passwordHash: "none",
      role: "user",
    });
    for (let session = 0; session < 10; session++)
      cookies.push(`session=${await seal(await createSession({ id }, NOBODY))}`);
  }
  return cookies;
}

function openStream(url: string, cookie: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${url}/api/events`, { headers: { cookie }, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The stream answered ${response.statusCode}`));
      response.once("data", () => resolve(response));
      response.on("error", () => {});
    }).on("error", reject);
  });
}

/** The memory that a process has in use, in megabytes. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

async function measureRevokes(url: string): Promise<void> {
  const passwordHash = await hashPassword("bench");
  const { id } = await createUser({ email: `${randomUUID()}@example.com`, name: "Bench", passwordHash, role: "user" });
  const browser = await chromium.launch({
    executablePath: await requireChromium(),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const times: number[] = [];
  for (let round = 0; round < REVOKES; round++) times.push(await revokeOnce(browser, url, id));
  await browser.close();

  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  console.log(
    `\nFrom revoking to the open page being covered, ${REVOKES} times: median ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms`,
  );
}

/** Opens a page, revokes its session, and returns the milliseconds until it was covered. */
async function revokeOnce(browser: Browser, url: string, userId: string): Promise<number> {
  const token = await createSession({ id: userId }, NOBODY);
  const context = await browser.newContext();
  await context.addCookies([{ name: "session", value: await seal(token), url }]);
  const page = await context.newPage();
  await page.goto(`${url}/dashboard`);
  await page.waitForFunction(async () => (await navigator.locks.query()).held?.length === 1);
  await pause(300);
  // Said by the console, since the page leaves right afterwards.
  const covered = new Promise<number>((resolve) => {
    page.on("console", (message) => message.text().startsWith("covered ") && resolve(Number(message.text().slice(8))));
  });
  await page.evaluate(() => {
    new MutationObserver((changes) => {
      if (changes.some(({ target }) => (target as HTMLElement).hidden)) console.log(`covered ${Date.now()}`);
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
  });

  const { handle } = await db().session.findUniqueOrThrow({
    where: { tokenHash: hashToken(token) },
    select: { handle: true },
  });
  const started = Date.now();
  await transaction((tx) => revokeSession(tx, { userId, handle }, { userAgent: null, ipAddress: null }));
  const time = (await covered) - started;
  await context.close();
  return time;
}
