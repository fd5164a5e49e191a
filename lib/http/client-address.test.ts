import type { Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";

async function addressBehind(proxies: string, from: { socket?: string; forwarded?: string }) {
  vi.resetModules();
  vi.stubEnv("DATABASE_URL", "postgresql://localhost/none");
  vi.stubEnv("TRUSTED_PROXIES", proxies);
  const { clientAddress } = await import("./client-address");
  return clientAddress({ socket: from.socket, forwarded: from.forwarded });
}

afterEach(() => vi.unstubAllEnvs());

test("without trusted proxies, no client can claim another address", async () => {
  expect(await addressBehind("", { socket: "192.0.2.1", forwarded: "198.51.100.9" })).toBe("192.0.2.1");
});

test("a trusted proxy tells the client's address", async () => {
  expect(await addressBehind("192.0.2.1", { socket: "192.0.2.1", forwarded: "198.51.100.9" })).toBe("198.51.100.9");
});

test("entries that the client wrote before the proxy's own entry are ignored", async () => {
  const forwarded = "127.0.0.1, 10.0.0.1, 198.51.100.9";
  expect(await addressBehind("192.0.2.0/24", { socket: "192.0.2.1", forwarded })).toBe("198.51.100.9");
});

test("a chain of trusted proxies is followed back to the client", async () => {
  const forwarded = "203.0.113.5, 198.51.100.9, 10.1.2.3";
  expect(await addressBehind("192.0.2.1,10.0.0.0/8", { socket: "::ffff:192.0.2.1", forwarded })).toBe("198.51.100.9");
});

test("a trusted proxy that names no client counts as the client", async () => {
  expect(await addressBehind("192.0.2.1", { socket: "192.0.2.1" })).toBe("192.0.2.1");
});

test("a link-local address is stored without its zone", async () => {
  expect(await addressBehind("", { socket: "fe80::1%eth0" })).toBe("fe80::1");
});

test("IPv6 addresses, ranges and ports are parsed", async () => {
  expect(await addressBehind("2001:db8::/32", { socket: "2001:db8::1", forwarded: "[2001:db9::7]:443" })).toBe(
    "2001:db9::7",
  );
});

test("an address gets the same spelling, however the system or a proxy writes it", async () => {
  for (const socket of ["2001:db8::1", "2001:DB8:0:0::0001", "2001:db8:0:0:0:0:0.0.0.1", "2001:db8::1%eth0"])
    expect(await addressBehind("", { socket })).toBe("2001:db8::1");
  for (const socket of [
    "192.0.2.1",
    "::ffff:192.0.2.1",
    "::FFFF:192.0.2.1",
    "::ffff:c000:201",
    "0:0:0:0:0:ffff:c000:0201",
  ])
    expect(await addressBehind("", { socket })).toBe("192.0.2.1");
});

test("a trusted proxy is recognised in every spelling of the setting", async () => {
  const forwarded = "198.51.100.9";
  for (const proxies of ["::ffff:192.0.2.1", "::FFFF:C000:201", "::ffff:192.0.2.0/120", "192.0.2.0/24"])
    expect(await addressBehind(proxies, { socket: "192.0.2.1", forwarded })).toBe(forwarded);
  expect(await addressBehind("::ffff:192.0.3.0/120", { socket: "192.0.2.1", forwarded })).toBe("192.0.2.1");
  expect(await addressBehind("2001:DB8:0::/48", { socket: "2001:db8::7", forwarded })).toBe(forwarded);
});

test("nonsense is not an address, and entries before it are ignored", async () => {
  expect(await addressBehind("192.0.2.1", { socket: "192.0.2.1", forwarded: "<script>" })).toBeNull();
  expect(await addressBehind("192.0.2.1", { socket: "192.0.2.1", forwarded: "6.6.6.6, unknown" })).toBeNull();
  expect(await addressBehind("192.0.2.1", { socket: undefined, forwarded: "198.51.100.9" })).toBeNull();
});

test.each([
  ["a program on this machine", "127.0.0.1", {}, true],
  ["a program on this machine over IPv6", "::1", {}, true],
  ["a client elsewhere", "192.0.2.9", {}, false],
  ["a client elsewhere that claims a local address", "192.0.2.9", { "x-forwarded-for": "127.0.0.1" }, false],
  ["a trusted local proxy, for a client elsewhere", "127.0.0.9", { "x-forwarded-for": "192.0.2.9" }, false],
  [
    "a trusted local proxy, for a client elsewhere that claims a local address",
    "127.0.0.9",
    { "x-forwarded-for": "127.0.0.1, 192.0.2.9" },
    false,
  ],
  ["an untrusted local proxy, for a client elsewhere", "127.0.0.1", { "x-forwarded-for": "192.0.2.9" }, false],
  ["an untrusted local proxy, with another header", "127.0.0.1", { "x-real-ip": "127.0.0.1" }, false],
])("a client on this machine is told apart from all others: %s", async (_who, remoteAddress, headers, expected) => {
  vi.resetModules();
  vi.stubEnv("DATABASE_URL", "postgresql://localhost/none");
  vi.stubEnv("TRUSTED_PROXIES", "127.0.0.9");
  const { isThisMachine } = await import("./client-address");
  expect(isThisMachine({ socket: { remoteAddress } as Socket, headers })).toBe(expected);
});
