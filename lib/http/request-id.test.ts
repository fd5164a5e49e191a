import { afterEach, expect, test, vi } from "vitest";

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

async function idOf(from: { socket: string; sent?: string }) {
  vi.resetModules();
  vi.stubEnv("DATABASE_URL", "postgresql://localhost/none");
  vi.stubEnv("TRUSTED_PROXIES", "192.0.2.1");
  const { requestIdOf } = await import("./request-id");
  return requestIdOf({ socket: from.socket, sent: from.sent });
}

afterEach(() => vi.unstubAllEnvs());

test("every request has its own id", async () => {
  const [one, other] = [await idOf({ socket: "192.0.2.9" }), await idOf({ socket: "192.0.2.9" })];
  expect(one).toMatch(UUID);
  expect(other).not.toBe(one);
});

test("an id from a trusted proxy is kept", async () => {
  expect(await idOf({ socket: "::ffff:192.0.2.1", sent: "a.B_c-1" })).toBe("a.B_c-1");
});

test("an id from any other client is replaced", async () => {
  expect(await idOf({ socket: "192.0.2.9", sent: "mine" })).toMatch(UUID);
});

test.each(["", "a b", "a\nb", '"', "é", "a".repeat(65)])(
  "an invalid id is replaced, even from a trusted proxy: %j",
  async (sent) => {
    expect(await idOf({ socket: "192.0.2.1", sent })).toMatch(UUID);
  },
);
