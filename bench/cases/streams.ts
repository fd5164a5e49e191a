import { Agent, get, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { db } from "@/lib/db";
import { seal } from "@/lib/session/cookie";
import { STREAM } from "@/lib/session/event-stream";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import type { Case } from "../case";
import { emptySessions, fillSessions, tokenOf } from "../fill";
import { memoryOf, processorTime } from "../processes";
import { quantile } from "../statistics";

const NOBODY = { userId: null, userAgent: null, ipAddress: null };

/** The number of streams that are opened at the same time. */
const AT_ONCE = 50;

/** How long the processor time without any request is measured, in milliseconds: three heartbeats. */
const QUIET = 60_000;

/** An open stream, and when it heard that its session has ended. */
type Open = { response: IncomingMessage; heard: Promise<number> };

export default {
  title: "Many open streams on one instance",
  about:
    "Each stream belongs to a session of its own, ten of them to a user. One user's sessions are revoked, then all others. The client is another process on the same machine.",
  async measure(bench) {
    const count = bench.isQuick ? 1000 : 10_000;
    const [target] = await bench.targets(["latchkey"]);
    if (!target) throw new Error("No target was started");
    const { url, pid } = target;
    // Ten numbers that begin with a multiple of ten belong to one user.
    const numbers = Array.from({ length: count }, (_, index) => index + 10);
    await fillSessions({ from: 10, to: count + 9, areOver: false });

    const before = memoryOf(pid);
    const opening = processorTime(pid);
    const streams = await openAll(url, numbers, bench.say);
    const opened = processorTime(pid) - opening;
    const memory = memoryOf(pid) - before;

    bench.say("quiet");
    const quietFrom = processorTime(pid);
    await pause(QUIET);
    const quiet = (processorTime(pid) - quietFrom) / QUIET;

    const one = await heardBy(streams.slice(0, 10), () => endOneUser(numbers.slice(0, 10)));
    bench.say("all");
    const spentBefore = processorTime(pid);
    const all = await heardBy(streams.slice(10), () => sessionStore().endSelected({}, "by-admin", NOBODY));
    const spent = processorTime(pid) - spentBefore;
    for (const { response } of streams) response.destroy();
    await emptySessions();

    const heard = (title: string, { times, ended }: Heard) => [
      title,
      ...[0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(0)),
      ended.toFixed(0),
    ];
    return {
      tables: [
        {
          title: `${count} open streams`,
          head: ["", ""],
          rows: [
            ["memory for each", `${((memory * 1024) / count).toFixed(1)} kB`],
            ["CPU time to open one", `${(opened / count).toFixed(2)} ms`],
            ["CPU of a core while nothing happens", `${(quiet * 100).toFixed(1)} %`],
            ["CPU time to tell one of its end", `${(spent / (count - 10)).toFixed(3)} ms`],
          ],
        },
        {
          title: "From the revocation until the streams have heard of it, in milliseconds",
          head: ["", "median", "p99", "last", "all sessions ended"],
          rows: [heard("the ten of one user", one), heard(`the other ${count - 10}, at once`, all)],
        },
      ],
      charts: [],
      notes: [`Memory before: ${before.toFixed(0)} MB.`],
      raw: { before, memory, opened, quiet, one, all },
    };
  },
} satisfies Case;

async function openAll(url: string, numbers: number[], say: (text: string) => void): Promise<Open[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const streams: Open[] = [];
  for (let from = 0; from < numbers.length; from += AT_ONCE) {
    if (from % 1000 === 0) say(`${from} open`);
    streams.push(...(await Promise.all(numbers.slice(from, from + AT_ONCE).map((number) => open(url, number, agent)))));
  }
  return streams;
}

async function open(url: string, number: number, agent: Agent): Promise<Open> {
  const headers = { cookie: `${cookieName(url)}=${await seal(tokenOf(number))}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url + STREAM, { headers, agent }, resolve).on("error", reject);
  });
  if (response.statusCode !== 200) throw new Error(`The stream responded with ${response.statusCode}`);
  const heard = new Promise<number>((resolve) => {
    response.on("data", (chunk) => String(chunk).includes("event: ended") && resolve(performance.now()));
  });
  response.on("error", () => {});
  return { response, heard };
}

type Heard = { times: number[]; ended: number };

/** Ends sessions by `end`. Returns the times from its start until each stream heard, and until `end` was done. */
async function heardBy(streams: Open[], end: () => Promise<unknown>): Promise<Heard> {
  const started = performance.now();
  const ending = end().then(() => performance.now() - started);
  const times = await Promise.all(streams.map(({ heard }) => heard));
  return { times: times.map((time) => time - started), ended: await ending };
}

async function endOneUser(numbers: number[]): Promise<void> {
  const tokenHash = { in: numbers.map((number) => hashToken(tokenOf(number))) };
  const sessions = await db().session.findMany({ where: { tokenHash }, select: { userId: true, handle: true } });
  const handles = sessions.map(({ handle }) => handle);
  await sessionStore().end(db(), { userId: String(sessions[0]?.userId), handles }, "revoked", NOBODY);
}
