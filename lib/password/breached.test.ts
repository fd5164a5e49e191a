import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { captureLog } from "@/testing/captured-log";

const KNOWN = "violet tuesday kettle mango";
const asked: { url: string | undefined; padding: string | undefined }[] = [];
let server: Server;
let url: string;

/** Responds like Have I Been Pwned: with the rest of each hash, its count, and padding. */
beforeAll(async () => {
  const hash = createHash("sha1").update(KNOWN).digest("hex").toUpperCase();
  server = createServer((request, response) => {
    asked.push({ url: request.url, padding: request.headers["add-padding"]?.toString() });
    response.statusCode = request.url?.startsWith("/broken") ? 500 : 200;
    response.end(`${"0".repeat(35)}:3\r\n${hash.slice(5)}:12\r\n${hashOf("padding").slice(5)}:0`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

function hashOf(password: string): string {
  return createHash("sha1").update(password).digest("hex").toUpperCase();
}

async function isBreached(password: string, setting: string): Promise<boolean> {
  vi.resetModules();
  vi.stubEnv("BREACHED_PASSWORDS", setting);
  const breached = await import("./breached");
  const answer = await breached.isBreached(password);
  vi.unstubAllEnvs();
  return answer;
}

test("a breached password is recognised, and another one is not", async () => {
  expect(await isBreached(KNOWN, `${url}/range/`)).toBe(true);
  expect(await isBreached("orange wednesday teapot lychee", `${url}/range/`)).toBe(false);
});

test("a padding entry does not count as a match", async () => {
  expect(await isBreached("padding", `${url}/range/`)).toBe(false);
});

test("the request contains only five digits of the hash, and asks for padding", async () => {
  asked.length = 0;
  await isBreached(KNOWN, `${url}/range/`);
  expect(asked).toEqual([{ url: `/range/${hashOf(KNOWN).slice(0, 5)}`, padding: "true" }]);
});

test.each([
  ["responds with an error", () => `${url}/broken/`],
  ["is unreachable", () => "http://127.0.0.1:1/"],
])(
  "when the service %s, the password is accepted and the log says so, without the password",
  async (_what, address) => {
    const logged = captureLog();
    expect(await isBreached(KNOWN, address())).toBe(false);

    expect(logged).toHaveLength(1);
    expect(logged.join()).toContain("was not compared");
    expect(logged.join()).not.toContain(KNOWN);
  },
);

test("without the setting, no service is queried", async () => {
  asked.length = 0;
  expect(await isBreached(KNOWN, "")).toBe(false);
  expect(asked).toEqual([]);
});
