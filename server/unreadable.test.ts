import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { listen, PATIENCE, serverOf } from "./listen";

vi.stubEnv("DATABASE_URL", "postgresql://localhost/none");

let server: Server;

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** Reads the body, and responds with its length. */
async function readAll(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let length = 0;
  for await (const chunk of request) length += chunk.length;
  response.end(`${request.url} ${length}`);
}

/** Sends `text` to a server with these limits. Returns everything received until the connection closes, and how long that took. */
async function send(text: string, patience = PATIENCE): Promise<{ said: string; after: number }> {
  server = serverOf(readAll, patience).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const started = performance.now();
  let said = "";
  socket.on("data", (chunk) => {
    said += chunk;
  });
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return { said, after: performance.now() - started };
}

const HASTY = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 20 };

test("an incomplete head gets a 408 after the timeout", async () => {
  const { said, after } = await send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ", HASTY);

  expect(said).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(said).toContain("The request did not arrive in time.");
  expect(said).toContain("X-Content-Type-Options: nosniff");
  expect(after).toBeLessThan(5000);
});

test("an incomplete body gets a 408 after the timeout", async () => {
  const { said, after } = await send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf", HASTY);

  expect(said).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(after).toBeLessThan(5000);
});

test("a connection without a request is closed without a response", async () => {
  expect((await send("", HASTY)).said).toBe("");
});

test("a head has 15 seconds to arrive, and a whole request 30 seconds", () => {
  server = serverOf(readAll);
  expect(server.headersTimeout).toBe(15_000);
  expect(server.requestTimeout).toBe(30_000);
  expect(PATIENCE.connectionsCheckingInterval).toBeLessThanOrEqual(2000);
});

test.each([
  ["text that is not HTTP", "hello\r\n\r\n", 400],
  ["a head that is too large", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431],
  ["an address that is too long", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ["a negative length", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400],
  ["two lengths", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
  [
    "a length beside chunks, as in request smuggling,",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["a CONNECT request", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", 405],
] as const)("%s is refused with an explanation and the headers of every response", async (_what, text, status) => {
  const { said } = await send(text);

  expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  for (const header of ["X-Content-Type-Options: nosniff", "Connection: close", "Cache-Control: no-store"])
    expect(said).toContain(header);
  expect(said.split("\r\n\r\n")[1]).toMatch(/^[A-Z].+\.\n$/);
});

test("pipelined requests get their responses in order", async () => {
  const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  const post = "POST /2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
  const { said } = await send(get("/1") + post + get("/3", "Connection: close\r\n"));

  expect(said.match(/\/\d \d/g)).toEqual(["/1 0", "/2 3", "/3 0"]);
});

test("an HTTP/1.0 client gets a response, and the connection is closed", async () => {
  expect((await send("GET /old HTTP/1.0\r\n\r\n")).said).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\/old 0$/s);
});

test("a client that expects 100-continue receives it, and other expectations are ignored", async () => {
  const post = (expects: string) =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: ${expects}\r\nContent-Length: 2\r\n\r\nab`;

  expect((await send(post("100-continue"))).said).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  expect((await send(post("wonders"))).said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("unreadable data during a response closes the connection without a second response", async () => {
  server = serverOf(async (_request, response) => {
    response.write("half");
    await once(response, "close");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  let said = "";
  socket.on("data", (chunk) => {
    said += chunk;
  });
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await vi.waitFor(() => expect(said).toContain("half"), 20_000);
  socket.write("hello\r\n\r\n");
  await once(socket, "close");

  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
});

test("a client that resets the connection during a refusal does not crash the server", async () => {
  const uncaught = vi.fn();
  process.prependListener("uncaughtException", uncaught);
  server = serverOf(readAll).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (let times = 0; times < 50; times++) {
    const client = connect(port, "127.0.0.1");
    client.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n");
    await new Promise<void>((resolve) => {
      server.prependOnceListener("connect", (_request, socket) => {
        socket.once("close", () => resolve());
        client.resetAndDestroy();
      });
    });
  }
  process.off("uncaughtException", uncaught);

  expect(uncaught).not.toHaveBeenCalled();
});

test("a request without a Host header reaches our handler", async () => {
  expect((await send("GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n")).said).toMatch(
    /^HTTP\/1\.1 200 OK\r\n.*\/nowhere 0/s,
  );
});

test("a connection that the system cannot accept does not crash the server", async () => {
  server = serverOf(readAll);
  await listen(server, { port: 0, host: "127.0.0.1" });
  // As Node.js emits it for each connection.
  for (let times = 0; times < 2; times++)
    expect(() => server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }))).not.toThrow();

  const { port } = server.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}/there`)).status).toBe(200);
});

test("the last header is kept, even after 3000 others", async () => {
  let last: string | undefined;
  server = serverOf(async ({ headers }, response) => {
    last = headers["x-forwarded-for"]?.toString();
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const many = "a:\r\n".repeat(3000);
  socket.end(`GET / HTTP/1.1\r\nHost: localhost\r\n${many}X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n`);
  socket.resume();
  await once(socket, "close");

  expect(last).toBe("192.0.2.1");
});
