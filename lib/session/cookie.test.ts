import { sealData } from "iron-session";
import { afterEach, expect, test, vi } from "vitest";
import { newToken } from "./token";

const FIRST = "the first secret which is long enough to be one";
const SECOND = "the second secret which is long enough to be one";

/** A fresh copy of the module, as after a restart with these settings. */
async function restart(settings: Record<string, string> = {}) {
  vi.resetModules();
  for (const [name, value] of Object.entries({ DATABASE_URL: "postgresql://localhost/none", ...settings })) {
    vi.stubEnv(name, value);
  }
  return import("./cookie");
}

afterEach(() => vi.unstubAllEnvs());

test("the cookie of a log-in that needs its second step passes the server, and is no session's", async () => {
  const { cookieOf, loginCookieName, ownCookies, seal, sealLogin, unseal, unsealLogin } = await restart();
  const half = { token: newToken(), publicComputer: true };
  const value = await sealLogin(half);
  const header = ownCookies(`${loginCookieName()}=${value}`);

  expect(await unsealLogin(cookieOf(header, loginCookieName()))).toEqual(half);
  expect(await unseal(value)).toBeNull();
  expect(await unsealLogin(await seal(half.token))).toBeNull();
});

test("a sealed token opens to the same token", async () => {
  const { seal, unseal } = await restart();
  const token = newToken();

  expect(await unseal(await seal(token))).toBe(token);
});

test("a seal does not contain the token in clear text", async () => {
  const { seal } = await restart();
  const token = newToken();

  expect(await seal(token)).not.toContain(token);
});

test("adding a secret logs nobody out", async () => {
  const old = await restart({ SESSION_SECRET: FIRST });
  const token = newToken();
  const sealed = await old.seal(token);

  const { unseal } = await restart({ SESSION_SECRET: `${SECOND},${FIRST}` });
  expect(await unseal(sealed)).toBe(token);
});

test("new cookies are sealed with the newest secret, so removing the old one does not affect them", async () => {
  const both = await restart({ SESSION_SECRET: `${SECOND},${FIRST}` });
  const token = newToken();
  const sealed = await both.seal(token);

  const { unseal } = await restart({ SESSION_SECRET: SECOND });
  expect(await unseal(sealed)).toBe(token);
});

test("a cookie that was sealed with a removed secret does not open", async () => {
  const old = await restart({ SESSION_SECRET: FIRST });
  const sealed = await old.seal(newToken());

  const { unseal } = await restart({ SESSION_SECRET: SECOND });
  expect(await unseal(sealed)).toBeNull();
});

test("a value that was not sealed here does not open, and throws nothing", async () => {
  const { seal, unseal } = await restart({ SESSION_SECRET: FIRST });
  const sealed = await seal(newToken());
  const [, id] = sealed.split("*");
  const password = { [String(id)]: FIRST };

  const foreign = [
    undefined,
    "",
    " ",
    "x",
    "x".repeat(8192),
    sealed.slice(0, -1),
    sealed.slice(1),
    sealed.slice(0, sealed.length / 2),
    sealed.replace(/\w(?=\*[^*]*$)/, (letter) => (letter === "A" ? "B" : "A")),
    `${sealed}*`,
    "Fe26.2*__proto__*a*b*c**d*e~2",
    "Fe26.2*constructor*a*b*c**d*e~2",
    `Fe26.2*${id}*****`,
    "%00",
    "\u0000",
    await sealData({ token: newToken() }, { password: SECOND }),
    await sealData({ token: 1 }, { password }),
    await sealData({ token: "short" }, { password }),
    await sealData({ other: "application" }, { password }),
    await sealData("text", { password }),
    await sealData(null, { password }),
  ];
  for (const value of foreign) expect(await unseal(value), `${value}`).toBeNull();
});

test("over https the cookie is bound to this host and sent only over https", async () => {
  const { cookieName, cookieAttributes } = await restart({ APP_URL: "https://login.example.com" });

  expect(cookieName()).toBe("__Host-session");
  expect(cookieAttributes({ publicComputer: false, role: "user" })).toEqual({
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: true,
    maxAge: 30 * 24 * 60 * 60,
  });
});

test("on a public computer the cookie ends with the browser", async () => {
  const { cookieAttributes } = await restart();
  expect(cookieAttributes({ publicComputer: true, role: "user" })).not.toHaveProperty("maxAge");
});

test("the rotation cookie outlives the session cookie of any role, and ends with the browser on a public computer", async () => {
  const { cookieAttributes, rotationCookie } = await restart({ APP_URL: "https://login.example.com" });
  const rotation = (publicComputer: boolean) => rotationCookie("1.client.mac", { publicComputer });

  for (const role of ["user", "admin"] as const)
    expect(rotation(false).maxAge).toBeGreaterThanOrEqual(
      Number(cookieAttributes({ publicComputer: false, role }).maxAge),
    );
  expect(rotation(true)).not.toHaveProperty("maxAge");
});

test("the cookie that overwrites the session cookie has the same name and attributes", async () => {
  const { cookieAttributes, cookieName, expiredCookie } = await restart({ APP_URL: "https://login.example.com" });
  const attributes = cookieAttributes({ publicComputer: true, role: "user" });

  expect(expiredCookie()).toEqual({ ...attributes, name: cookieName(), value: "", maxAge: 0 });
});

test("the cookie that finishes a logout identifies the session but cannot be used as a session cookie", async () => {
  const { seal, sealEnding, unseal, unsealEnding } = await restart();
  const pending = { tokenHash: newToken(), until: new Date("2026-01-01T12:00:00Z") };

  expect(await unsealEnding(await sealEnding(pending))).toEqual(pending);
  expect(await unseal(await sealEnding(pending))).toBeNull();
  expect(await unsealEnding(await seal(newToken()))).toBeNull();
});

const DOMAIN = { APP_URL: "https://login.example.com", COOKIE_DOMAIN: "example.com" };

test("with COOKIE_DOMAIN the session cookie is for the whole domain, and other cookies stay host-only", async () => {
  const cookie = await restart(DOMAIN);

  expect(cookie.cookieName()).toBe("__Secure-session");
  expect(cookie.cookieAttributes({ publicComputer: true, role: "user" })).toEqual({
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: true,
    domain: "example.com",
  });
  expect(cookie.expiredCookie()).toMatchObject({ name: "__Secure-session", domain: "example.com", maxAge: 0 });

  expect(cookie.endingCookieName()).toBe("__Host-session-ending");
  expect(cookie.deviceCookieName()).toBe("__Host-device");
  for (const attributes of [
    cookie.endingCookieAttributes(),
    cookie.expiredEndingCookie(),
    cookie.deviceCookieAttributes(),
  ])
    expect(attributes).not.toHaveProperty("domain");
});

test("a session cookie of an earlier COOKIE_DOMAIN is noticed beside the new one, and removed", async () => {
  const now = await restart(DOMAIN);
  expect(now.hasLeftovers("__Secure-session=a; __Host-session=b")).toBe(true);
  expect(now.hasLeftovers("__Secure-session=a; __Secure-session=b")).toBe(true);
  expect(now.hasLeftovers("__Secure-session=a; __Host-device=b; session=c")).toBe(false);
  // Not without a new one: the next log-in has to find that session to end it.
  expect(now.hasLeftovers("__Host-session=b")).toBe(false);
  expect(now.expiredLeftovers()).toEqual([
    expect.objectContaining({ name: "__Host-session", maxAge: 0 }),
    expect.objectContaining({ name: "__Secure-session", domain: "login.example.com", maxAge: 0 }),
    expect.objectContaining({ name: "__Secure-session-rotation", domain: "login.example.com", maxAge: 0 }),
  ]);

  const later = await restart({ ...DOMAIN, COOKIE_DOMAIN: "" });
  expect(later.hasLeftovers("__Host-session=a; __Secure-session=b")).toBe(true);
  expect(later.expiredLeftovers().map(({ name, domain }: { name: string; domain?: string }) => [name, domain])).toEqual(
    [
      ["__Secure-session", "login.example.com"],
      ["__Secure-session-rotation", "login.example.com"],
      ["__Secure-session", "example.com"],
      ["__Secure-session-rotation", "example.com"],
    ],
  );
});

test("on plain http every cookie name contains the port, so that applications on one host do not collide", async () => {
  const names = async (APP_URL: string) => {
    const { cookieName, endingCookieName, deviceCookieName } = await restart({ APP_URL });
    return [cookieName(), endingCookieName(), deviceCookieName()];
  };

  expect(await names("http://localhost:3000")).toEqual(["session-3000", "session-3000-ending", "device-3000"]);
  expect(await names("http://[::1]:4000")).toEqual(["session-4000", "session-4000-ending", "device-4000"]);
  expect(await names("http://localhost")).toEqual(["session-80", "session-80-ending", "device-80"]);
});

test("a Cookie header is reduced to our own cookies, the same way for all readers", async () => {
  const { ownCookies, cookieOf, seal, sealDevice } = await restart({ APP_URL: "http://localhost:3000" });
  const [a, b, device] = [await seal(newToken()), await seal(newToken()), await sealDevice(newToken())];
  const read = (header: string) => cookieOf(ownCookies(header), "session-3000");

  for (const header of [
    `session-3000=${a}`,
    `session-3000=${a}; session-3000`,
    `session-3000; session-3000=${a}`,
    `session-3000=${a}; session-3000=`,
    `session-3000=${a}; session-3000=true`,
    `session-3000=${a};session-3000="${b}"`,
    `session-3000=${a}; session-3000=${b.replace("*", "%2A")}`,
    `session-3000=${b}; session-3000=${a}`,
    ` session-3000 = ${a} ;`,
    `;;session-3000=${a};=;`,
    `session=${b}; session-3001=${b}; SESSION-3000=${b}; session%2D3000=${b}; session-3000=${a}`,
    `${"x=1; ".repeat(500)}session-3000=${a}${"; y=2".repeat(500)}`,
    `session-3000=${a}; other=a, session-3000=${b}`,
  ])
    expect(read(header), header).toBe(a);

  // The cookie is there, but logs nobody in.
  for (const header of [
    `session-3000="${a}"`,
    `session-3000=${a.replace("*", "%2A")}`,
    "session-3000",
    "session-3000=",
  ])
    expect(read(header), header).toBe("");
  for (const header of ["", ";", "=", `session=${a}`, `Session-3000=${a}`, `"session-3000"=${a}`, "__proto__=a"])
    expect(read(header), header).toBeUndefined();

  expect(ownCookies("latchkey-theme=dark; latchkey-timezone=Asia/Seoul; latchkey-locale=<b>; theme=dark")).toBe(
    "latchkey-theme=dark; latchkey-timezone=Asia/Seoul",
  );
  expect(ownCookies(`theme=dark; device-3000=${device}; session-3000=junk; session=theirs`)).toBe(
    `session-3000=; device-3000=${device}`,
  );
});

test.each([
  [
    "http://localhost:3000",
    [
      "session-3000",
      "session-3000-ending",
      "session-3000-notice",
      "session-3000-rotation",
      "device-3000",
      "trial-3000",
    ],
  ],
  [
    "https://login.example.com",
    [
      "__Host-session",
      "__Secure-session",
      "__Host-session-ending",
      "__Host-session-notice",
      "__Host-session-rotation",
      "__Host-device",
      "__Host-trial",
    ],
  ],
])("all of our cookies are read, and no others, with APP_URL=%s", async (APP_URL, own) => {
  const { ownCookies } = await restart({ APP_URL });
  const others = ["session", "session-3001", "trial", "trial-3001", "__Host-other", "__Secure-device"];
  const read = ownCookies([...own, ...others].map((name) => `${name}=1`).join("; "));

  expect(read.split("; ")).toEqual(own.map((name) => `${name}=`));
});
