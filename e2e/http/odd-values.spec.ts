import { randomUUID } from "node:crypto";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { expect, newSession, newUser, type TestUser, test } from "@/e2e/support/fixtures";
import { actions, parameters, ROUTES } from "@/e2e/support/inputs";
import { halfLoginCookie } from "@/e2e/support/second-factor";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";
import { fromSomewhere } from "@/testing/post-action";
import { startServer, type TestServer } from "@/testing/server";

// Everything that a client can choose, with values that no page of ours would
// send. Each must get a proper response, and none may log an error.

test.describe.configure({ mode: "default" });
// Its lists are short, so thousands of pages take less time.
test.use({ database: "odd_values" });

const sent = encodeURIComponent;

/** Values by kind, as sent: percent-encoded correctly, wrongly, or not at all. */
// biome-ignore format: lists of values
const ODD: string[][] = [
  // Nothing, and too much, in characters that a careless limit would cut in two.
  ["", "a".repeat(4096), `x${sent("😀").repeat(300)}`, sent("a\u0301".repeat(300))],
  // Invalid text: NUL, a lone surrogate, overlong encodings, a code point beyond the last, and others.
  ["%00", "a%00b", "%ED%A0%80", "%C0%80", "%F4%90%80%80", "%EF%BF%BE", "%C2%85"],
  // Broken percent-encoding, and wildcards of SQL's LIKE.
  ["%", "%C0", "%zz", "%u0000", "%2500", "%25_%5C"],
  // Numbers.
  ["-1", "0", "1.5", "1e400", "NaN", "9".repeat(18), "9223372036854775808", "9".repeat(400)],
  // Times: not in any calendar, known to Postgres only, and at the limits of what can be written.
  ["2026-02-30", "0000-00-00", "infinity", "9999-12-31T23:59-23:59", "1000-01-01T00:00%2B23:59", "275760-09-14", "%2B275760-09-13T00:00Z"],
  // Well-formed cursors and ids of nothing.
  [`99999999999999.${randomUUID()}`, `0.${randomUUID()}`, "00000000-0000-0000-0000-000000000000"],
  // Addresses.
  ["::/0", "::ffff:0.0.0.0/0", "::1%25lo", "192.0.2.1/33", "a@xn--a", "x@%E2%80%AE.example"],
  // Properties that every JavaScript object has.
  ["__proto__", "constructor"],
  // Letters with special direction or case rules.
  [sent("\u202eabc\u2066\u200f"), sent("İıẞﬀ")],
  // Code: SQL, patterns, JSON, replacements, markup.
  [sent("'; DROP TABLE users; --"), sent("((["), sent('{"a":{"$ne":null}}'), sent("$1 $& $`")],
  [sent(`'"></title></script><odd onload="odd()">`), sent("<!--")],
  // Other paths, other sites, and injected headers.
  ["..%2F..%2Fetc%2Fpasswd", "..%5Cx", "%2F%2Fevil.example", "javascript%3Aodd()", "%0D%0ASet-Cookie%3A%20odd=1"],
];
const VALUES = ODD.flat();

/** One value of each kind, chosen by `turn`. */
function someValues(turn: number): string[] {
  return ODD.map((kind) => kind[turn % kind.length] ?? "");
}

/** Whole queries with odd parameter names, not only odd values. */
const ODD_QUERIES = [
  "a[]=1&a[b]=2&a[b][c]=3",
  "__proto__=1&__proto__[x]=1&constructor[prototype]=1&toString=1",
  "=&&=&%&%=%&?",
  "%00=1",
  "%ED%A0%80=1&%C0=1",
  `${"a=1&".repeat(1000)}`,
  "_rsc=%&_rsc",
];

/** Suffixes to append to a path. */
const ENDINGS = ["/", "//", "/%", "%C0", "%00", "%2F", "/..%2F", "/%2e%2e", ";x=1", ".rsc", ".json", "%20"];

const ODD_METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];

const FORM = "application/x-www-form-urlencoded";
// As long as a browser's: Node takes a short boundary for the end of a part wherever it occurs.
const BOUNDARY = "-----------------------------odd-boundary";
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;
/** Bodies, each with its Content-Type. */
const ODD_BODIES: [type: string, body: string][] = [
  ["", ""],
  ["application/json", ""],
  ["application/json", "{}"],
  ["application/json", '{"a":'],
  ["application/json", "9".repeat(5000)],
  ["application/json", '{"__proto__":{"a":1},"a":"\\u0000\\ud800"}'],
  ["application/json", "[".repeat(20_000)],
  ["text/html", "{}"],
  ["no type at all", "{}"],
  ["application/json; charset=utf-16", "{}"],
  [FORM, "until=%00"],
  [FORM, "until=%2B275760-09-13"],
  [FORM, "until=-271821-04-20&until=infinity"],
  [FORM, "a\x00b"],
  [FORM, "\xed\xa0\x80"],
  [MULTIPART, `--${BOUNDARY}\r\n`],
  [MULTIPART, `--${BOUNDARY}\r\nContent-Disposition: form-data; name="until"\r\n\r\nNaN\r\n--${BOUNDARY}--\r\n`],
  ["multipart/form-data", `--${BOUNDARY}--`],
];

/** Internals that no response may reveal: a stack trace, one of our files, or a tool's error message. */
const INSIDES =
  /\n\s+at \S.*:\d+:\d+|node_modules|webpack|turbopack:|\.next\/|\/server\/chunks|Prisma|postgres(ql)?:\/\/|ECONN/;

type Visitor = { who: "nobody" | "a user" | "an administrator"; headers: Record<string, string> };
type Asked = {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: Buffer;
  /** What is odd about it, if not its path. */
  what?: string;
};
type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

/** A proxy's headers about the original request. */
const FORWARDED = {
  ...{ "X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "wiki.example.com" },
  ...{ "X-Forwarded-Uri": "/admin", "X-Original-URL": "/admin", "X-HTTP-Method-Override": "GET" },
};

let server: TestServer;
let user: TestUser;
let admin: TestUser;
let visitors: Visitor[];
/** Limits the number of concurrent requests. */
const agent = new Agent({ maxSockets: 4 });
/** The requests that a busy server could not answer, by their ids. */
const unanswered = new Set<unknown>();

test.beforeAll(async () => {
  server = await startServer({ VERIFY_RULES: "wiki.example.com user; wiki.example.com/admin admin" });
  [user, admin] = await Promise.all([newUser(), newUser()]);
  await db().user.update({ where: { id: admin.id }, data: { role: "admin" } });
  const as = async (who: TestUser) => ({ Cookie: `${cookieName(server.url)}=${await newSession(who)}` });
  // With a log-in that waits for its second step, or the page for that would only redirect.
  const half = await halfLoginCookie(admin, server.url);
  visitors = [
    { who: "nobody", headers: {} },
    { who: "a user", headers: await as(user) },
    { who: "an administrator", headers: { Cookie: `${(await as(admin)).Cookie}; ${half.name}=${half.value}` } },
  ];
});

test.afterAll(() => server.stop());

/** The visitors in rotation. */
function inTurn(turn: number): Visitor {
  return visitors[turn % visitors.length] as Visitor;
}

/** Sends a request with its path unchanged, from a client address of its own. */
function ask({ method = "GET", path, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(server.url);
    const all = {
      ...fromSomewhere(),
      ...FORWARDED,
      ...headers,
      ...(body && { "Content-Length": String(body.length) }),
    };
    const asked = httpRequest(
      { agent, hostname: url.hostname, port: url.port, method, path, headers: { Host: url.host, ...all } },
      (answer) => {
        // An event stream does not end.
        if (answer.headers["content-type"]?.startsWith("text/event-stream")) asked.destroy();
        const chunks: Buffer[] = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("close", () => {
          const { statusCode: status = 0, headers } = answer;
          resolve({ status, headers, text: Buffer.concat(chunks).toString() });
        });
        answer.on("error", () => {});
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Asks again after a 503: a busy machine may need longer for a statement than the server waits. */
async function askUnlessBusy(asked: Asked, tries = 3): Promise<Answer> {
  const answer = await ask(asked);
  if (answer.status !== 503 || tries === 1) return answer;
  unanswered.add(answer.headers["x-request-id"]);
  return askUnlessBusy(asked, tries - 1);
}

/** What is wrong with a response, by rules that hold for every request. */
function faultsOf(
  { method = "GET", path, headers: { Accept } = {} }: Asked,
  { status, headers, text }: Answer,
): string[] {
  const type = headers["content-type"] ?? "";
  const isHtml = type.startsWith("text/html");
  const isOfApi = /^\/api(\/|$)/.test(pathnameOf(path));
  const { location = "/", "set-cookie": cookies = [] } = headers;
  const hasBody = method !== "HEAD" && text !== "";

  return [
    ...(status < 200 || status >= 500 ? ["a server error"] : []),
    // Requests that accept HTML may get a page: proxies pass responses of /api/verify on to browsers.
    ...(isOfApi && !Accept && status >= 400 && !isProblem(status, type, method === "HEAD" ? null : text)
      ? [`not problem+json: ${type}`]
      : []),
    ...(isHtml && hasBody && !/^<!doctype html>.*<\/html>\s*$/is.test(text) ? ["an incomplete page"] : []),
    ...(isHtml && text.includes("<odd") ? ["the value became markup"] : []),
    ...(INSIDES.test(text) ? [`reveals internals: ${INSIDES.exec(text)?.[0]}`] : []),
    ...(new URL(location, server.url).origin !== server.url ? [`leads to ${location}`] : []),
    ...(cookies.some((cookie) => cookie.startsWith("odd")) ? ["a cookie that the client injected"] : []),
  ];
}

function pathnameOf(path: string): string {
  return URL.canParse(path, server.url) ? new URL(path, server.url).pathname : path;
}

/** Whether a response is a complete problem+json (RFC 9457). */
function isProblem(status: number, type: string, text: string | null): boolean {
  if (type !== "application/problem+json") return false;
  if (text === null) return true;
  const problem = JSON.parse(text);
  return problem.status === status && typeof problem.title === "string" && typeof problem.detail === "string";
}

/** Sends all requests, expects no fault in any response and no error in the log, and returns the responses. */
async function expectOrder(all: Asked[]): Promise<Answer[]> {
  const logged = server.said().length;
  const answers = await Promise.all(all.map((asked) => askUnlessBusy(asked)));

  const faults = all.flatMap((asked, index) => {
    const answer = answers[index] as Answer;
    const what = `${asked.method ?? "GET"} ${asked.path} ${asked.what ?? ""}`.slice(0, 200);
    return faultsOf(asked, answer).map((fault) => `${what}: ${answer.status}, ${fault}`);
  });
  expect(faults).toEqual([]);

  const after = await ask({ path: "/dashboard", headers: visitors[1]?.headers ?? {} });
  expect([after.status, after.text.includes("Ada")]).toEqual([200, true]);
  const errors = (
    server
      .said()
      .slice(logged)
      .match(/^\{"level":"(error|fatal)".*$/gm) ?? []
  ).filter((line) => !(line.includes("OUTAGE") && unanswered.has(/"requestId":"([^"]+)"/.exec(line)?.[1])));
  expect(errors, "errors in the server's log").toEqual([]);
  return answers;
}

/** The path of a route, with its dynamic segments filled from `given`, or else with usual values. */
function pathOf(route: string, given: Record<string, string> = {}): string {
  const usual = { id: user.id, act: "disable", path: "x" };
  const filled: Record<string, string> = { ...usual, ...given };
  return route.replace(/\[+(?:\.\.\.)?(\w+)\]+/g, (_all, name) => filled[name] ?? "x");
}

test("no odd parameter value causes an error in any page or route", async () => {
  const found = [...parameters()];
  const [nobody, someUser, administrator] = visitors;
  const all = found.flatMap(([route, names], turn) => {
    const path = pathOf(route);
    const atOnce = someValues(turn).map((value) => `${path}?${names.map((name) => `${name}=${value}`).join("&")}`);
    return [
      ...names.flatMap((name) => VALUES.map((value) => ({ path: `${path}?${name}=${value}`, ...administrator }))),
      ...names.map((name) => ({ path: `${path}?${name}=1&${name}=2&${name}[]=3`, ...administrator })),
      ...atOnce.flatMap((path) => [nobody, someUser].map((visitor) => ({ path, ...visitor }))),
    ];
  });
  const answers = await expectOrder(all);

  const reached = all.filter((_, index) => answers[index]?.status === 200).map(({ path }) => pathnameOf(path));
  expect([...new Set(reached)].sort()).toEqual(found.map(([route]) => pathOf(route)).sort());
  expect(answers.some(({ text }) => text.includes("&lt;odd"))).toBe(true);
});

test("no odd part of a path causes an error", async () => {
  const segments = ROUTES.flatMap((route) =>
    [...route.matchAll(/\[+(?:\.\.\.)?(\w+)\]+/g)].map(([, name = ""]) => ({ route, name })),
  );
  expect(segments.length).toBeGreaterThan(5);

  await expectOrder([
    ...segments.flatMap(({ route, name }, turn) =>
      visitors.flatMap((visitor) => {
        const values = visitor.who === "an administrator" ? VALUES : someValues(turn);
        return values.map((value) => ({ path: pathOf(route, { [name]: value }), ...visitor }));
      }),
    ),
    ...ROUTES.flatMap((route, turn) =>
      ENDINGS.map((ending, index) => ({ path: pathOf(route) + ending, ...inTurn(turn + index) })),
    ),
  ]);
});

test("no query with odd parameter names causes an error", async () => {
  const paths = ROUTES.flatMap((route) => ODD_QUERIES.map((query) => `${pathOf(route)}?${query}`));
  await expectOrder([
    ...paths.map((path, index) => ({ path, ...inTurn(index) })),
    ...paths.map((path, index) => ({ method: "HEAD", path, ...inTurn(index + 1) })),
    // As Next.js's own client requests pages.
    ...paths.map((path, index) => ({ path, headers: { ...inTurn(index + 2).headers, RSC: "1" } })),
  ]);
});

test("no odd forwarded header causes an error in /api/verify", async () => {
  const answers = await expectOrder(
    Object.keys(FORWARDED).flatMap((name, turn) =>
      VALUES.flatMap((value) => [
        value,
        bytesOf(value)
          .toString("latin1")
          .replace(/[\0\r\n]/g, ""),
      ]).map((value, index) => ({
        path: "/api/verify?redirect&page",
        headers: { [name]: value, Accept: "text/html", ...inTurn(turn + index).headers },
        what: `${name}: ${value}`,
      })),
    ),
  );
  expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([200, 302, 401, 403]);
});

test("no odd method or body causes an error", async () => {
  await expectOrder(
    ROUTES.flatMap((route, turn) => [
      ...ODD_METHODS.map((method, index) => ({
        method,
        path: pathOf(route),
        headers: { ...inTurn(turn + index).headers, "Content-Type": "application/json" },
        body: Buffer.from("{}"),
      })),
      ...ODD_BODIES.map(([type, body], index) => ({
        method: "POST",
        path: pathOf(route),
        headers: {
          // Without a session, or the first request would log this visitor out for all the others.
          ...(route !== "/logout/end" && inTurn(turn + index).headers),
          Origin: server.url,
          "Content-Type": type,
        },
        body: Buffer.from(body, "latin1"),
        what: `${type} ${body.slice(0, 100)}`,
      })),
    ]),
  );
});

test("no odd field value causes an error in any action", async () => {
  const usual: Record<string, string> = {
    ...{ name: "Ada", role: "user", note: "Why", id: user.id, act: "send-reset", user: user.id, next: "/sessions" },
    ...{ handle: randomUUID(), address: "192.0.2.0/24", before: "2026-01-31", until: "2026-01-31", public: "on" },
    // These match no session and no account, so that none of another test ends.
    ...{
      users: randomUUID(),
      sessions: "0",
      number: "0",
      token: "a".repeat(43),
      ticket: "a".repeat(43),
      word: "delete",
      first: "0",
    },
    ...{ keep: "app", code: "000000", trust: "on", answer: "{}" },
    ...{ password: admin.password, current: admin.password },
  };
  const tried = new Set<string>();
  // A field has the same rule in all forms, so one form gets all values and the others a few. So do forms with a
  // password, because each hash takes long.
  const valuesFor = (odd: string, fields: string[], turn: number) => {
    const isDear = fields.some((field) => ["password", "current"].includes(field));
    if (isDear || tried.has(odd)) return someValues(turn);
    tried.add(odd);
    return VALUES;
  };
  const all = actions().flatMap(({ id, name, route, fields, hasState }) =>
    fields.flatMap((odd, turn) =>
      valuesFor(odd, fields, turn).map((value) => ({
        name,
        method: "POST",
        path: pathOf(route),
        headers: { ...visitors[2]?.headers, Origin: server.url, "Next-Action": id, "Content-Type": MULTIPART },
        body: Buffer.concat([
          ...fields.map((field) => part(`_1_${field}`, field === odd ? bytesOf(value) : usualOf(usual, field))),
          part("0", hasState ? '[{},"$K1"]' : '["$K1"]'),
          Buffer.from(`--${BOUNDARY}--\r\n`),
        ]),
        what: `${name} ${odd}=${value}`,
      })),
    ),
  );
  const answers = await expectOrder(all);

  const reached = all.filter((_, index) => answers[index]?.status === 200).map(({ name }) => name);
  expect(new Set(reached)).toEqual(new Set(actions().map(({ name }) => name)));
});

function usualOf(usual: Record<string, string>, field: string): string {
  const value = field === "email" ? `${randomUUID()}@example.com` : usual[field];
  if (value === undefined) throw new Error(`This test needs a usual value for the field ${field}`);
  return value;
}

function part(name: string, value: string | Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(value), Buffer.from("\r\n")]);
}

/** The bytes of a value after percent-decoding. */
function bytesOf(value: string): Buffer {
  const read = value.replace(/%([\da-f]{2})/gi, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(read, "latin1");
}
