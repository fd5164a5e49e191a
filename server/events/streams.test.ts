import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { transaction } from "@/lib/db";
import { cookieName, seal } from "@/lib/session/cookie";
import { sessionStore } from "@/lib/session/store";
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
