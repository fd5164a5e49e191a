import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import type { APIResponse } from "playwright/test";
import { expect, newSession, test } from "@/e2e/support/fixtures";
import { db, transaction } from "@/lib/db";
import { HOUR } from "@/lib/env";
import { seal, sealCopy } from "@/lib/session/cookie";
import { sessionStore } from "@/lib/session/store";
import { ROUTES } from "@/server/api/routes";
import { cookieName } from "@/testing/cookie-name";
import { startServer, type TestServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";
import { wireTo } from "@/testing/wire";

type SessionStatus = { $ref?: string; headers?: Record<string, unknown>; content?: Record<string, unknown> };
type Description = {
  servers: { url: string }[];
  paths: Record<string, { get: { responses: Record<string, SessionStatus> } }>;
};

const FORMATS = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
  email: /^\S+@\S+$/,
};

/** Expects a response to match its description: status, headers, content type and schema. */
async function expectDescribed(answer: APIResponse, description: Description, path: string): Promise<void> {
  const { responses } = description.paths[path]?.get ?? { responses: {} };
  const status = String(answer.status());
  const key = status in responses ? status : "default";
  const described = responses[key];
  expect(described, `the description of ${path} has the status ${status}`).toBeDefined();
  for (const name of Object.keys(described?.headers ?? {}))
    expect(answer.headers(), `${path} ${status}`).toHaveProperty(name.toLowerCase());

  const text = await answer.text();
  const type = answer.headers()["content-type"]?.split(";")[0] ?? "";
  if (!described?.content) return expect(text, `${path} ${status}`).toBe("");
  expect(Object.keys(described.content)).toContain(type);
  if (!type.endsWith("json")) return;

  const ajv = new Ajv({ strict: false, allErrors: true, formats: FORMATS });
  ajv.addSchema(description, "api");
  const steps = ["paths", path, "get", "responses", key, "content", type, "schema"];
  const pointer = steps.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  const isDescribed = ajv.compile({ $ref: `api#/${pointer}` });
  isDescribed(JSON.parse(text));
  expect(isDescribed.errors, `${path} ${status}: ${text}`).toBeNull();
}

test("the description is valid OpenAPI 3.1, and needs no session", async ({ request }) => {
  const answer = await request.get("/api/openapi.json");
  expect(answer.status()).toBe(200);

  const validator = new Validator();
  const { valid, errors } = await validator.validate(await answer.json());
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe("3.1");
});

test("the description lists exactly the addresses of the API", async ({ request }) => {
  const { paths } = (await (await request.get("/api/openapi.json")).json()) as Description;
  expect(Object.keys(paths).sort()).toEqual([...Object.keys(ROUTES), "/api/events", "/api/{path}"].sort());
});

test.describe("responses match their description", () => {
  let server: TestServer;
  let wire: Awaited<ReturnType<typeof wireTo>>;
  let description: Description;
  const SIGNED_IN = [
    "/api/session",
    "/api/sessions",
    "/api/devices",
    "/api/notices",
    "/api/passkeys",
    "/api/recovery",
    "/api/verify",
  ];

  test.beforeAll(async () => {
    wire = await wireTo(String(process.env.DATABASE_URL));
    server = await startServer({
      DATABASE_URL: wire.url,
      VERIFY_RULES: "open.example.com user; closed.example.com admin",
    });
    description = await (await fetch(`${server.url}/api/openapi.json`)).json();
    expect(description.servers).toEqual([{ url: server.url }]);
  });

  test.afterAll(async () => {
    await server.stop();
    wire.close();
  });

  const there = (host: string) => ({
    "X-Forwarded-Method": "GET",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": host,
    "X-Forwarded-Uri": "/",
  });

  test("for a logged-in user, with and without notices", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const { handle } = await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { handle: true } });
    await db().session.updateMany({ where: { handle }, data: { name: "Mine" } });
    for (let change = 0; change < 2; change++) {
      for (const path of SIGNED_IN) {
        const answer = await request.get(server.url + path, { headers: { ...there("open.example.com"), Cookie } });
        expect(answer.status()).toBe(200);
        await expectDescribed(answer, description, path);
      }
      await db().$executeRaw`
        INSERT INTO ledger (event, user_id, reason) VALUES ('authn_login_fail', ${user.id}::uuid, NULL),
          ('authn_login_success', ${user.id}::uuid, 'new-browser'), ('user_updated', ${user.id}::uuid, 'email')`;
    }
  });

  test("without a session, and after it was revoked", async ({ user, request }) => {
    for (const path of SIGNED_IN) {
      const answer = await request.get(server.url + path);
      expect(answer.status()).toBe(401);
      await expectDescribed(answer, description, path);
    }
    const redirected = await request.get(`${server.url}/api/verify?redirect`, {
      headers: { ...there("open.example.com"), Accept: "text/html" },
      maxRedirects: 0,
    });
    expect(redirected.status()).toBe(302);
    await expectDescribed(redirected, description, "/api/verify");

    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const { tokenHash } = await db().session.findFirstOrThrow({
      where: { userId: user.id },
      select: { tokenHash: true },
    });
    await sessionStore().end(db(), { tokenHash: tokenHash }, "revoked", { userAgent: "Test", ipAddress: null });
    for (const path of SIGNED_IN) {
      const answer = await request.get(server.url + path, { headers: { Cookie } });
      expect(await answer.json()).toMatchObject({ status: 401, reason: "revoked" });
      await expectDescribed(answer, description, path);
    }
  });

  test("for a user who may not use an application, as HTML and as problem+json", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    for (const Accept of ["text/html", "application/json"]) {
      const headers = { ...there("closed.example.com"), Accept, Cookie };
      const answer = await request.get(`${server.url}/api/verify`, { headers });
      expect(answer.status()).toBe(403);
      expect(answer.headers()["content-type"]).toContain(
        Accept === "text/html" ? "text/html" : "application/problem+json",
      );
      await expectDescribed(answer, description, "/api/verify");
    }
  });

  test("for a challenge to log in with a passkey, in a browser that keeps cookies and in one that keeps none", async ({
    request,
  }) => {
    const path = "/api/passkeys/challenge";
    const trial = `trial-${new URL(server.url).port}=${"a".repeat(43)}`;
    for (const [headers, status] of [
      [{ Cookie: trial }, 200],
      [{}, 200],
      [{ Cookie: trial, "Sec-Fetch-Site": "cross-site" }, 403],
    ] as const) {
      const answer = await request.get(server.url + path, { headers });
      expect(answer.status()).toBe(status);
      await expectDescribed(answer, description, path);
      if (status === 200) expect((await answer.json()).options !== null).toBe("Cookie" in headers);
    }
  });

  test("for a receipt", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    for (const [id, status] of [
      ["0196f0a0-0000-7000-8000-000000000000", 200],
      ["x", 400],
    ] as const) {
      const answer = await request.get(`${server.url}/api/receipt?id=${id}`, { headers: { Cookie } });
      expect(answer.status()).toBe(status);
      await expectDescribed(answer, description, "/api/receipt");
    }
  });

  test("for the copied cookie of a demonstration", async ({ request, user }) => {
    const browser = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
    const { handle: startedBy, token } = await transaction((tx) => sessionStore().create(tx, user, browser));
    const demonstration = { name: "Copy", startedBy };
    const copy = await transaction((tx) => sessionStore().create(tx, user, { ...browser, demonstration }));
    const own = `${cookieName(server.url)}=${await seal(token)}`;
    const both = `${own}; ${cookieName(server.url)}-copy=${await sealCopy(copy.token)}`;
    const path = "/api/session/copy";
    for (const [Cookie, status] of [
      ["", 401],
      [own, 401],
      [both, 200],
    ] as const) {
      const answer = await request.get(server.url + path, { headers: { Cookie } });
      expect(answer.status()).toBe(status);
      await expectDescribed(answer, description, path);
    }
    const left = await request.post(server.url + path, { headers: { Cookie: both, Origin: server.url } });
    expect([left.status(), await left.text()]).toEqual([204, ""]);
    const refused = await request.get(server.url + path, { headers: { Cookie: both } });
    expect(await refused.json()).toMatchObject({ status: 401, reason: "logged-out" });
    await expectDescribed(refused, description, path);
  });

  test("for an unknown address, a wrong method and a forged request", async ({ request }) => {
    for (const path of ["/api/nothing", "/api/nothing/at/all", "/api/session/x"]) {
      const answer = await request.get(server.url + path);
      expect(answer.status()).toBe(404);
      await expectDescribed(answer, description, "/api/{path}");
    }
    const put = await request.put(`${server.url}/api/session`);
    expect(put.status()).toBe(405);
    await expectDescribed(put, description, "/api/session");
    const forged = await request.post(`${server.url}/api/session`, { headers: { Origin: "https://evil.example" } });
    expect(forged.status()).toBe(403);
    await expectDescribed(forged, description, "/api/session");
  });

  test("during an outage", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    await ageSessions({ userId: user.id }, { created: HOUR, seen: HOUR });
    wire.swallow(true);
    for (const path of SIGNED_IN) {
      const answer = await request.get(server.url + path, { headers: { Cookie } });
      expect(answer.status()).toBe(503);
      await expectDescribed(answer, description, path);
    }
    wire.swallow(false);
  });

  test("on the event stream", async ({ user, request }) => {
    const refused = await request.get(`${server.url}/api/events`);
    expect(refused.status()).toBe(401);
    await expectDescribed(refused, description, "/api/events");

    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const stop = new AbortController();
    const { status, headers } = await fetch(`${server.url}/api/events`, { headers: { Cookie }, signal: stop.signal });
    stop.abort();
    expect(status).toBe(200);
    const { content = {} } = description.paths["/api/events"]?.get.responses[200] ?? {};
    expect(Object.keys(content)).toContain(headers.get("content-type")?.split(";")[0]);
  });

  test("a field that is not described fails the comparison", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const answer = await request.get(`${server.url}/api/session`, { headers: { Cookie } });
    const told = await answer.json();
    const more = {
      status: answer.status,
      headers: () => answer.headers(),
      text: async () => JSON.stringify({ ...told, secret: 1 }),
    };
    await expect(
      expectDescribed({ ...more, status: () => 200 } as APIResponse, description, "/api/session"),
    ).rejects.toThrow("additionalProperties");
  });
});
