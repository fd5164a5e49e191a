import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTarget } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";
import { contextOf } from "./context";

let server: Server;

beforeAll(async () => {
  server = createServer((asked, response) => {
    const context = contextOf(asked, response, readTarget(asked.url ?? ""));
    response.once("close", () => server.emit("over", context));
    server.emit("context", context, () => response.end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => server.close());

/** Sends a request, and returns its context, and how each side ends it. `over` resolves when it has ended. */
async function arrive(): Promise<{
  context: RequestContext;
  leave(): void;
  answer(): void;
  over: Promise<unknown>;
}> {
  const client = request({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", agent: false });
  client.on("error", () => {});
  client.on("response", (response) => response.resume());
  const arriving = once(server, "context");
  const over = once(server, "over");
  client.end();
  const [context, answer] = await arriving;
  return { context, answer, leave: () => client.destroy(), over };
}

test("the signal of a request aborts when its client disconnects before the response", async () => {
  const { context, leave, over } = await arrive();
  const { gone } = context;
  expect(gone.aborted).toBe(false);
  leave();
  await over;

  expect(gone.aborted).toBe(true);
  expect(context.gone).toBe(gone);
});

test("the signal of a request is aborted already if it is first asked for after its client has disconnected", async () => {
  const { context, leave, over } = await arrive();
  leave();
  await over;

  expect(context.gone.aborted).toBe(true);
});

test("the signal of a request does not abort once the response is complete", async () => {
  const { context, answer, over } = await arrive();
  const { gone } = context;
  answer();
  await over;

  expect(gone.aborted).toBe(false);
});
