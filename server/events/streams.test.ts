import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { db, transaction } from "@/lib/db";
import { HOUR } from "@/lib/env";
import { cookieName, seal } from "@/lib/session/cookie";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { createSession } from "@/testing/sessions";
import { type Wire, wireTo } from "@/testing/wire";
import { Streams } from "./streams";

const BROWSER = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };

let wire: Wire;
let streams: Streams;
let server: Server;

let user: Awaited<ReturnType<typeof createUser>>;
let token: string;

beforeAll(async () => {
  wire = await wireTo(String(process.env.DATABASE_URL));
  process.env.DATABASE_LISTEN_URL = wire.url;
  // Created before the listener starts, which would receive this session's announcement, too.
  user = await createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role: "user" });
  token = await createSession(user, BROWSER);
  streams = new Streams();
  server = createServer((request, response) => streams.open(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => {
  streams.close();
  server.close();
  wire.close();
});

test("when the database hangs, open pages check their session within 10 seconds and receive announcements again", async () => {
  const cookie = `${cookieName()}=${await seal(token)}`;
  const { port } = server.address() as { port: number };
  const stream = await fetch(`http://127.0.0.1:${port}`, { headers: { cookie } });
  const events = eventsOf(stream);
  expect(await events.next()).toMatchObject({ value: "ask" });

  await expect.poll(() => wire.statements.some(({ sql }) => sql.startsWith("LISTEN"))).toBe(true);
  wire.abandon();
  const started = Date.now();
  expect(await events.next()).toMatchObject({ value: "ask" });
  expect(Date.now() - started).toBeLessThan(10_000);

  await transaction((tx) =>
    sessionStore().end(tx, { userId: user.id, except: null }, "revoked", { ipAddress: null, userAgent: null }),
  );
  expect(await events.next()).toMatchObject({ value: "ended" });
});

test("a stream ends within an hour, and a copy of cookies that are worthless by then gets no other", async () => {
  const session = await createSession(user, BROWSER);
  const cookie = `${cookieName()}=${await seal(session)}`;
  const { port } = server.address() as { port: number };
  const open = async () => {
    const [answer] = (await once(get({ port, headers: { cookie }, agent: false }), "response")) as [IncomingMessage];
    return answer;
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const stream = await open();
  stream.resume();
  // The session has rotated twice meanwhile, and this cookie has not.
  const rotation = { generation: 2, since: Date.now(), client: "x".repeat(11), returns: 0 };
  await db()
    .$executeRaw`UPDATE sessions SET rotation = ${JSON.stringify(rotation)}::jsonb WHERE token_hash = ${hashToken(session)}`;
  expect(stream.complete).toBe(false);
  vi.advanceTimersByTime(HOUR);
  vi.useRealTimers();
  await once(stream, "end");
  expect((await open()).statusCode).toBe(401);
});

/** Yields the name of each event in a stream. */
async function* eventsOf(answer: Response): AsyncGenerator<string | undefined> {
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += new TextDecoder().decode(chunk);
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, name] = /^event: (\w+)/m.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (name) yield name;
    }
  }
}
