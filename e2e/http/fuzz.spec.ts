import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { expect, newSession, newUser, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import { actionNumber, fromSomewhere } from "@/testing/post-action";

const BASE = new URL(String(process.env.APP_URL));
const RUNS = 400;

const LOGIN = actionNumber("login");

/** As long as a browser's: Node takes a short boundary for the end of a part wherever it occurs. */
const BOUNDARY = "-----------------------------fuzz-boundary";

/** How often the server responded with each status, over all requests of this file. */
const outcomes: Record<string, number> = {};

type Sent = { method?: string; path: string; headers?: Record<string, string>; body?: Uint8Array };

/** Sends a request unchanged, malformed or not, and returns the response's status and some of its headers. */
function send({
  method = "GET",
  path,
  headers = {},
  body,
}: Sent): Promise<{ status: number; location: string; cookies: string[]; type: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = BASE;
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      // An event stream does not end.
      if (response.headers["content-type"]?.startsWith("text/event-stream")) request.destroy();
      response.resume();
      response.on("close", () => {
        const status = response.statusCode ?? 0;
        outcomes[status] = (outcomes[status] ?? 0) + 1;
        const { location = "", "set-cookie": cookies = [], "content-type": type = "" } = response.headers;
        resolve({ status, location, cookies, type });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Text that is allowed in a header: Node refuses to send anything else. */
const headerText = fc.string({ unit: "binary-ascii", maxLength: 300 }).map((text) => text.replace(/[^\x20-\x7e]/g, ""));
const pathText = fc
  .string({ unit: "grapheme", maxLength: 100 })
  .map((text) => encodeURI(text.replace(/\p{Surrogate}/gu, "")).replace(/#/g, "%23"));

test.afterAll(() => console.log(`Statuses of all fuzzed requests: ${JSON.stringify(outcomes)}`));

test("a random or altered cookie is treated as no session", async () => {
  const sealed = await seal(newToken());
  const mutated = fc
    .tuple(fc.nat(sealed.length - 1), fc.constantFrom(..."aZ9-_*~.%"))
    .map(([at, letter]) => sealed.slice(0, at) + letter + sealed.slice(at + 1));
  const name = fc.constantFrom(cookieName(), `${cookieName()}-ending`, "session", "__Host-session", "__proto__");

  await fc.assert(
    fc.asyncProperty(name, fc.oneof(headerText, mutated), async (cookie, value) => {
      const headers = { Cookie: `${cookie}=${value}` };
      expect((await send({ path: "/api/session", headers })).status).toBe(401);
      expect((await send({ path: "/dashboard", headers })).status).toBe(307);
    }),
    { numRuns: RUNS },
  );
});

test("no random path or query causes a server error or leads to another site", async () => {
  await fc.assert(
    fc.asyncProperty(
      pathText,
      fc.constantFrom("/", "/login?next=", "/dashboard?", "/api/", "/_next/"),
      async (text, prefix) => {
        const { status, location } = await send({ path: prefix + text });
        expect(status).toBeLessThan(500);
        if (location) expect(new URL(location, BASE).origin).toBe(BASE.origin);
        if (location) expect(location).not.toMatch(/^(\/\/|\/\\|https?:)/);
      },
    ),
    { numRuns: RUNS },
  );
});

test("no odd argument causes a server error in any action", async () => {
  const { Cookie, drop } = await administrator();
  const { node } = JSON.parse(readFileSync(`${process.env.BUILD_DIR}/server/server-reference-manifest.json`, "utf8"));
  const odd = [
    "[]",
    '["\\u0000"]',
    '["\\ud800",{"a":"\\ud800"}]',
    "[-1]",
    "[1e400]",
    '["$n99999999999999999999999"]',
    '["$D2026-99-99"]',
    '["$NaN","$-0","$Infinity","$undefined"]',
    '[{"__proto__":{"a":1}}]',
    '["99999999999999999999999"]',
    `["${"9".repeat(1000)}"]`,
    "[null,null,null]",
    '[["a","a"]]',
  ];
  const faults: string[] = [];

  for (const [id, { exportedName }] of Object.entries<{ exportedName: string }>(node)) {
    for (const body of odd) {
      const headers = {
        ...{ Cookie, Origin: BASE.origin, "Next-Action": id, "Content-Type": "text/plain;charset=UTF-8" },
        ...fromSomewhere(),
      };
      const { status } = await send({
        method: "POST",
        path: "/dashboard",
        headers,
        body: new Uint8Array(Buffer.from(body)),
      });
      if (status >= 500) faults.push(`${exportedName} ${body.slice(0, 50)}: ${status}`);
    }
  }
  await drop();
  expect(faults).toEqual([]);
});

/** An administrator with a session whose password was just confirmed. */
async function administrator(): Promise<{ Cookie: string; drop(): Promise<unknown> }> {
  const user = await newUser();
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  const Cookie = `${cookieName()}=${await newSession(user)}`;
  return { Cookie, drop: () => db().user.delete({ where: { id: user.id } }) };
}

test("no random header causes a server error or sets a cookie", async () => {
  const names = fc.constantFrom("Accept", "Accept-Language", "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "RSC", "Next-Router-State-Tree", "Next-Router-Prefetch", "Next-Url", "X-Middleware-Subrequest", "Range", "If-None-Match", "Referer"); // biome-ignore format: a list of names

  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(names, headerText, { maxKeys: 6 }),
      fc.constantFrom("/", "/login", "/dashboard", "/api/session"),
      async (headers, path) => {
        const { status, cookies } = await send({ path, headers });
        expect(status).toBeLessThan(500);
        expect(cookies).toEqual([]);
      },
    ),
    { numRuns: RUNS },
  );
});

test("no random form or body causes a server error or logs anyone in", async () => {
  const types = fc.constantFrom(`multipart/form-data; boundary=${BOUNDARY}`, "multipart/form-data", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "application/json", ""); // biome-ignore format: a list of types
  const part = fc
    .tuple(
      fc.constantFrom(
        "email",
        "password",
        "public",
        "next",
        "__proto__",
        "_1_email",
        "0",
        `$ACTION_ID_${LOGIN}`,
        "$ACTION_REF_1",
      ),
      fc.string({ unit: "binary", maxLength: 50 }),
    )
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc
      .array(part, { maxLength: 6 })
      .map((parts) => new Uint8Array(Buffer.from(`${parts.join("")}--${BOUNDARY}--\r\n`))),
    fc.json().map((text) => new Uint8Array(Buffer.from(text))),
  );
  const path = fc.constantFrom("/login", "/logout/end", "/", "/dashboard", "/api/session");

  await fc.assert(
    fc.asyncProperty(path, types, body, fc.boolean(), async (path, type, body, asAction) => {
      const headers = { Origin: BASE.origin, "Content-Type": type, ...(asAction && { "Next-Action": LOGIN }) };
      const { status, cookies } = await send({ method: "POST", path, headers, body });
      expect(status).toBeLessThan(500);
      expect(cookies.filter((cookie) => !cookie.includes("Max-Age=0"))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
