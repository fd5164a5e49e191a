import { expect, test } from "vitest";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { redact } from "./redact";

const TOKEN = "3q2-7wQx_8AbCdEfGhIjKlMnOpQrStUvWxYz0123456";

test.each([
  ["a token", TOKEN],
  ["a token at the start of a line", `first\n${TOKEN}`],
  ["a link", `https://login.example.com/reset-password?token=${TOKEN}`],
  ["a link in the `next` parameter", `/login?next=%2Freset-password%3Ftoken%3D${TOKEN}`],
  ["a link that is encoded twice", `/login?next=%252Freset-password%253Ftoken%253D${TOKEN}`],
  ["a ticket", `/login?ticket=${TOKEN}&next=%2F`],
  ["a short token in an address", "/verify-email?token=3q2-7wQx"],
])("%s is blanked, in plain text and within JSON", (_what, text) => {
  for (const blanked of [redact(text), redact(JSON.stringify({ msg: text }))]) {
    expect(blanked).toContain("[redacted]");
    expect(blanked).not.toContain("3q2-7wQx");
  }
  expect(() => JSON.parse(redact(JSON.stringify({ msg: text })))).not.toThrow();
});

test("a seal is blanked, alone, in a cookie and percent-encoded", async () => {
  const sealed = await seal(newToken());
  for (const text of [sealed, `session=${sealed}; device=${sealed}`, encodeURIComponent(sealed)])
    expect(redact(text)).not.toContain(sealed.slice(20, 60));
});

test.each<[string, unknown]>([
  ["a header object", { headers: { host: "localhost", cookie: "session=hunter2" } }],
  [
    "a header object nested deep within",
    { a: { b: { c: { headers: { "set-cookie": ["a=1", "session=hunter2; ]"] } } } } },
  ],
  ["a form", { fields: { email: "ada@example.com", password: 'a "hunter2" \\' } }],
  ["other names of secrets", { newPassword: "hunter2", sessionSecret: "hunter2", authorization: "Basic hunter2" }],
  ["JSON within a text", { msg: JSON.stringify({ password: "hunter2", name: "Ada" }) }],
  ["the URL of a database", { msg: "postgresql://latchkey:hunter2@db.example.com/latchkey" }],
  ["a header in a text", { msg: "GET / HTTP/1.1\nCookie: session=hunter2\nHost: localhost" }],
  ["an object as Node prints it", { msg: "{ cookie: 'session=hunter2', password: 'hunter2' }" }],
])("the value of a field with a secret name is blanked, and the line stays JSON: %s", (_what, value) => {
  const blanked = redact(JSON.stringify(value));
  expect(blanked).not.toContain("hunter2");
  expect(JSON.parse(blanked)).toBeTypeOf("object");
});

test("a known secret is blanked anywhere in the text", () => {
  expect(redact("it was correct horse battery staple!", ["correct horse battery staple"])).toBe("it was [redacted]!");
});

test.each([
  JSON.stringify({
    level: "info",
    requestId: "0198c5a2-8f4e-7c3b-9d5a-1f2e3d4c5b6a",
    path: "/account",
    status: 200,
    cookie: null,
  }),
  "    at requireSession (file:///srv/latchkey/.next/server/chunks/lib_session_current_ts_0af3k2._.js:41:9)",
  "Error: Unexpected end of form",
  "a1b2".repeat(16),
])("text without a secret stays as it is: %s", (text) => {
  expect(redact(text)).toBe(text);
});

test.each(["Aa", "%3D", '"cookie":["', "cookie: [", "cookie: '", "://a:", '\\"cookie\\":\\"', "token=", "Fe26.2*"])(
  "a long text is redacted within a second, even one made to take long: %s",
  (part) => {
    // CPU time: on a busy machine the process waits for its turn.
    const started = process.cpuUsage();
    redact(part.repeat(20_000));
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(1000);
  },
);
