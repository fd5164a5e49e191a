import { randomUUID } from "node:crypto";
import { Agent, get, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser } from "playwright";
import { db, transaction } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { seal } from "@/lib/session/cookie";
import { STREAM } from "@/lib/session/event-stream";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { cookieName } from "@/testing/cookie-name";
import { createSession } from "@/testing/sessions";
import type { Case } from "../case";
import { HEAD, load, row } from "../load";
import { launch } from "../markup";
import { memoryOf } from "../processes";
import { quantile } from "../statistics";
import type { Target } from "../targets/target";

const NOBODY = { userAgent: "Bench", ipAddress: null, publicComputer: false, previousToken: null };

export default {
  title: "Live pages",
  about:
    "The time from revoking a session until its open page in Chromium is covered, and the cost of many open streams for one instance.",
  async measure(bench) {
    const { streams, revokes, quiet } = bench.isQuick
      ? { streams: 200, revokes: 10, quiet: 1500 }
      : { streams: 2000, revokes: 30, quiet: 4000 };
    const [target] = await bench.targets(["latchkey"]);
    if (!target) throw new Error("No target was started");

    bench.say(`${revokes} revocations`);
    const times = await measureRevokes(target.url, revokes);
    bench.say(`${streams} streams`);
    const measured = await measureStreams(target, streams, quiet);
    const at = (share: number) => String(Math.round(quantile(times, share)));
    return {
      tables: [
        {
          title: "From revocation until the open page is covered",
          head: ["", "median ms", "p95 ms", "worst ms"],
          rows: [[`${revokes} revocations`, at(0.5), at(0.95), at(1)]],
        },
        {
          title: `GET /api/session with ${streams} open streams`,
          head: HEAD,
          rows: [row("without streams", measured.quiet), row("with streams", measured.during)],
        },
      ],
      charts: [],
      notes: [
        `Memory for ${streams} open streams: ${(measured.after - measured.before).toFixed(0)} MB (from ${measured.before.toFixed(0)} to ${measured.after.toFixed(0)} MB).`,
      ],
      raw: { times, before: measured.before, after: measured.after },
    };
  },
} satisfies Case;

async function measureStreams({ url, pid, signIn }: Target, count: number, time: number) {
  const cookie = await signIn();
  await load(url, cookie, pause(time / 2)); // warm-up
  const quiet = await load(url, cookie, pause(time));
  const before = memoryOf(pid);

  const cookies = await manySessions(url, count);
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const streams: IncomingMessage[] = [];
  for (const each of cookies) streams.push(await openStream(url, each, agent));
  await pause(time / 2);
  const after = memoryOf(pid);
  const during = await load(url, cookie, pause(time));
  for (const stream of streams) stream.destroy();
  return { quiet, during, before, after };
}

/** Creates `count` sessions, ten per user, and returns their cookies for `url`. */
async function manySessions(url: string, count: number): Promise<string[]> {
  const cookies: string[] = [];
  for (let user = 0; user < count / 10; user++) {
    const { id } = await createUser({
      email: `${randomUUID()}@example.com`,
      name: "Bench",
      passwordHash: "none",
      role: "user",
    });
    for (let session = 0; session < 10; session++)
      cookies.push(`${cookieName(url)}=${await seal(await createSession({ id }, NOBODY))}`);
  }
  return cookies;
}

function openStream(url: string, cookie: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url + STREAM, { headers: { cookie }, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The stream responded with ${response.statusCode}`));
      response.once("data", () => resolve(response));
      response.on("error", () => {});
    }).on("error", reject);
  });
}

/** The duration of each revocation, in milliseconds. */
async function measureRevokes(url: string, count: number): Promise<number[]> {
  const passwordHash = await hashPassword("bench");
  const { id } = await createUser({ email: `${randomUUID()}@example.com`, name: "Bench", passwordHash, role: "user" });
  const browser = await launch();
  const times: number[] = [];
  for (let round = 0; round < count; round++) times.push(await revokeOnce(browser, url, id));
  await browser.close();
  return times;
}

/** Opens a page, revokes its session, and returns the time until the page is covered, in milliseconds. */
async function revokeOnce(browser: Browser, url: string, userId: string): Promise<number> {
  const token = await createSession({ id: userId }, NOBODY);
  const context = await browser.newContext();
  await context.addCookies([{ name: cookieName(url), value: await seal(token), url }]);
  const page = await context.newPage();
  await page.goto(`${url}/dashboard`);
  await page.waitForFunction(async () => (await navigator.locks.query()).held?.length === 1);
  await pause(300);
  // Reported by the console, because the page leaves immediately afterwards.
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
  await transaction((tx) =>
    sessionStore().end(tx, { userId, handles: [handle] }, "revoked", { userAgent: null, ipAddress: null }),
  );
  const time = (await covered) - started;
  await context.close();
  return time;
}
