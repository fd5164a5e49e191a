import { expect, test } from "vitest";
import { DAY, InvalidSettings, MINUTE, parseEnv } from "./env";

const SECRET = "0123456789abcdef0123456789abcdef";
const NEEDED = { DATABASE_URL: "postgresql://me:secret@localhost:5432/mine", SESSION_SECRET: SECRET };

const SECURE = { APP_URL: "https://login.example.com" };

function refusal(source: Record<string, string>): string {
  try {
    parseEnv({ ...NEEDED, ...source });
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSettings);
    return (error as Error).message;
  }
  throw new Error("The settings were accepted");
}

test("what is not set has the documented default", () => {
  const env = parseEnv(NEEDED);

  expect(env.APP_URL.origin).toBe("http://localhost:3000");
  expect(env.PASSWORD_COST).toBe(12);
  expect(env.SESSION_PRESET).toBe("aal1");
  expect(env.SWEEP_INTERVAL).toBe(10 * MINUTE);
  expect(env.TRUSTED_PROXIES).toEqual([]);
  expect(env.SIGNUP).toBe("open");
  expect(env.BREACHED_PASSWORDS).toBeUndefined();
  expect(env.LEDGER_LIFETIME).toBe(400 * DAY);
  expect(env.LEDGER_ADDRESS_LIFETIME).toBe(90 * DAY);
  expect(env.MANAGEMENT_PORT).toBeUndefined();
  expect(env.DATABASE_LISTEN_URL).toBeUndefined();
  expect(env.INSTANCES).toBe(1);
  expect(env.DRAIN_DELAY).toBe(0);
  expect(env.LOG_LEVEL).toBeUndefined();
  expect(env.VERIFY_RULES).toBeUndefined();
  expect(env.ALLOWED_RETURN_HOSTS).toEqual([]);
  expect(env.COOKIE_DOMAIN).toBeUndefined();
});

test.each<[string, Record<string, string>]>([
  ["a sign-up that is closed", { SIGNUP: "closed" }],
  ["a sign-up for one domain", { SIGNUP: "domain:mail.example.com" }],
  ["a mail server with a password", { SMTP_URL: "smtps://user:pass%40word@mail.example.com:465" }],
  ["a sender with a name", { MAIL_FROM: "Latchkey <no-reply@example.com>" }],
  ["a sender without one", { MAIL_FROM: "no-reply@example.com" }],
  ["a copy of the breached passwords", { BREACHED_PASSWORDS: "https://breached.example.com/range/" }],
  ["a domain above the application's host", { ...SECURE, COOKIE_DOMAIN: "example.com" }],
  ["the application's own host as the domain", { ...SECURE, COOKIE_DOMAIN: "login.example.com" }],
])("%s is accepted", (_what, source) => {
  const { APP_URL: _, ...others } = source;
  expect(parseEnv({ ...NEEDED, ...source })).toMatchObject(others);
});

test("a host may be written as people write it, and is read as browsers send it", () => {
  const { SIGNUP, ALLOWED_RETURN_HOSTS, COOKIE_DOMAIN, APP_URL, VERIFY_RULES } = parseEnv({
    ...NEEDED,
    APP_URL: "https://로그인.한국.example",
    COOKIE_DOMAIN: "한국。EXAMPLE",
    SIGNUP: "domain:한국.Example",
    ALLOWED_RETURN_HOSTS: "*.한국.example, Bücher.example:8443",
    VERIFY_RULES: "위키.한국.example/Boss admin; *.Straße.example user",
  });

  expect(APP_URL.hostname).toBe("xn--2i0b10rutm.xn--3e0b707e.example");
  expect(COOKIE_DOMAIN).toBe("xn--3e0b707e.example");
  expect(SIGNUP).toBe("domain:xn--3e0b707e.example");
  expect(ALLOWED_RETURN_HOSTS).toEqual(["*.xn--3e0b707e.example", "xn--bcher-kva.example:8443"]);
  expect(VERIFY_RULES?.map(({ host, path }) => host + path)).toEqual([
    "xn--9q5b29o.xn--3e0b707e.example/Boss",
    "*.xn--strae-oqa.example",
  ]);
});

test("hosts to return to are read whatever their case, with or without a port", () => {
  const { ALLOWED_RETURN_HOSTS } = parseEnv({
    ...NEEDED,
    ALLOWED_RETURN_HOSTS: "Wiki.example.com, *.example.org:8443,",
  });
  expect(ALLOWED_RETURN_HOSTS).toEqual(["wiki.example.com", "*.example.org:8443"]);
});

test("rules are read, the most specific one first", () => {
  const { VERIFY_RULES } = parseEnv({ ...NEEDED, VERIFY_RULES: "*.example.com user; wiki.example.com/a admin" });
  expect(VERIFY_RULES).toEqual([
    { host: "wiki.example.com", path: "/a", groups: ["admin"] },
    { host: "*.example.com", path: "", groups: ["user"] },
  ]);
});

test("the application calls itself by its port where no APP_URL says otherwise", () => {
  expect(parseEnv({ ...NEEDED, PORT: "4000" }).APP_URL.origin).toBe("http://localhost:4000");
});

test("an empty setting counts as not given", () => {
  expect(parseEnv({ ...NEEDED, PORT: "", PASSWORD_COST: " " }).PORT).toBe(3000);
});

test("several secrets are kept in their order, newest first", () => {
  const older = SECRET.toUpperCase();
  expect(parseEnv({ ...NEEDED, SESSION_SECRET: `${SECRET}, ${older}` }).SESSION_SECRET).toEqual([SECRET, older]);
});

test.each([
  ["a missing secret", { SESSION_SECRET: "" }, "SESSION_SECRET is missing"],
  ["a short secret", { SESSION_SECRET: "short" }, "SESSION_SECRET is too short"],
  ["a short secret among long ones", { SESSION_SECRET: `${SECRET},short` }, "SESSION_SECRET is too short"],
  ["a missing database", { DATABASE_URL: "" }, "DATABASE_URL is missing"],
  [
    "another kind of database",
    { DATABASE_URL: "mysql://localhost/mine" },
    "DATABASE_URL is not the address of a Postgres",
  ],
  ["a port that is a word", { PORT: "http" }, "PORT must be a whole number from 1 to 65535"],
  ["a port out of range", { PORT: "70000" }, "PORT must be a whole number from 1 to 65535"],
  [
    "a management port out of range",
    { MANAGEMENT_PORT: "0" },
    "MANAGEMENT_PORT must be a whole number from 1 to 65535",
  ],
  ["no process at all", { INSTANCES: "0" }, "INSTANCES must be a whole number from 1 to 64"],
  ["more processes than any machine has cores", { INSTANCES: "65" }, "INSTANCES must be a whole number from 1 to 64"],
  [
    "another kind of database to listen to",
    { DATABASE_LISTEN_URL: "redis://localhost" },
    "DATABASE_LISTEN_URL is not the address of a Postgres",
  ],
  [
    "one port for two things",
    { PORT: "4000", MANAGEMENT_PORT: "4000" },
    "MANAGEMENT_PORT must be another port than PORT",
  ],
  ["the usual port for two things", { MANAGEMENT_PORT: "3000" }, "MANAGEMENT_PORT must be another port than PORT"],
  ["a drain without end", { DRAIN_DELAY: "5m" }, "DRAIN_DELAY must be from 0s to 60s"],
  [
    "an unknown log level",
    { LOG_LEVEL: "loud" },
    "LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent",
  ],
  ["an address that is none", { APP_URL: "login.example.com" }, "APP_URL is not a web address"],
  ["an address with a path", { APP_URL: "https://example.com/login" }, "APP_URL must be an origin"],
  ["a cookie in the clear", { APP_URL: "http://login.example.com" }, "APP_URL must be https"],
  ["a length of time without a unit", { SESSION_IDLE_LIFETIME: "15" }, "SESSION_IDLE_LIFETIME is not a length of time"],
  [
    "a lifetime out of bounds",
    { PUBLIC_COMPUTER_IDLE_LIFETIME: "2d" },
    "PUBLIC_COMPUTER_IDLE_LIFETIME must be from 1m to 24h",
  ],
  ["an unknown preset", { SESSION_PRESET: "aal4" }, "SESSION_PRESET must be aal1, aal2 or aal3"],
  [
    "a proxy that is no address",
    { TRUSTED_PROXIES: "10.0.0.0/8,proxy" },
    "TRUSTED_PROXIES has something that is neither",
  ],
  ["a sign-up for anything else", { SIGNUP: "maybe" }, "SIGNUP must be open, closed or domain:example.com"],
  ["a mail server that is none", { SMTP_URL: "mail.example.com" }, "SMTP_URL is not the address of a mail server"],
  [
    "a sender with a line of its own",
    { MAIL_FROM: "a@example.com\r\nBcc: b@example.com" },
    "MAIL_FROM is not an address",
  ],
  ["another service for breached passwords", { BREACHED_PASSWORDS: "yes" }, "BREACHED_PASSWORDS is neither hibp nor"],
  ["a ledger that forgets at once", { LEDGER_LIFETIME: "1h" }, "LEDGER_LIFETIME must be from 1d to 3650d"],
  [
    "a rule that is none",
    { VERIFY_RULES: "a.example.com user; b.example.com" },
    "VERIFY_RULES has an entry that is not",
  ],
  ["rules without one", { VERIFY_RULES: " ; " }, "VERIFY_RULES has no entry"],
  [
    "an address in place of a host",
    { ALLOWED_RETURN_HOSTS: "https://a.example.com" },
    "ALLOWED_RETURN_HOSTS has something",
  ],
  [
    "a host with a port too many",
    { ALLOWED_RETURN_HOSTS: "a.example.com:70000" },
    "ALLOWED_RETURN_HOSTS has something",
  ],
  ["any host at all to return to", { ALLOWED_RETURN_HOSTS: "*" }, "ALLOWED_RETURN_HOSTS has something"],
  [
    "a cookie for another domain",
    { ...SECURE, COOKIE_DOMAIN: "example.org" },
    "COOKIE_DOMAIN must be the host of APP_URL",
  ],
  ["a cookie for half a name", { ...SECURE, COOKIE_DOMAIN: "ple.com" }, "COOKIE_DOMAIN must be the host of APP_URL"],
  ["a cookie for what is below", { ...SECURE, COOKIE_DOMAIN: "a.login.example.com" }, "COOKIE_DOMAIN must be the host"],
  [
    "a cookie for everybody's domain",
    { ...SECURE, COOKIE_DOMAIN: "com" },
    "COOKIE_DOMAIN is not a domain of two parts",
  ],
  ["a domain with a dot before it", { ...SECURE, COOKIE_DOMAIN: ".example.com" }, "COOKIE_DOMAIN is not a domain"],
  ["a domain with attributes", { ...SECURE, COOKIE_DOMAIN: "example.com; Path=/x" }, "COOKIE_DOMAIN is not a domain"],
  ["a part of an address", { APP_URL: "https://10.0.0.5", COOKIE_DOMAIN: "0.0.5" }, "COOKIE_DOMAIN must be the host"],
  [
    "a cookie for a domain in the clear",
    { COOKIE_DOMAIN: "example.com" },
    "COOKIE_DOMAIN needs an APP_URL that is https",
  ],
  ["a password hash that is too cheap", { PASSWORD_COST: "4" }, "PASSWORD_COST must be a whole number from 10 to 16"],
])("%s is refused with one line that names it and gives an example", (_what, source, message) => {
  const said = refusal(source);

  expect(said).toContain(message);
  expect(said).toContain(`Example: ${message.split(" ")[0]}=`);
  expect(said.split("\n")).toHaveLength(1);
});

test("everything that is wrong is said at once", () => {
  expect(refusal({ SESSION_SECRET: "short", PORT: "none" }).split("\n")).toHaveLength(2);
});

test("a refusal does not repeat the secret", () => {
  expect(refusal({ SESSION_SECRET: "hunter2" })).not.toContain("hunter2");
});

test.each([
  "postgresql://me:secret@one.example.com:5432,two.example.com:5433/mine",
  "postgresql://me:secret@one.example.com,two.example.com/mine?target_session_attrs=read-write",
  "postgres://one.example.com,two.example.com",
  "postgresql:///mine?host=one.example.com,two.example.com&port=5432",
])("several hosts for the database are refused, and what to name instead is said: %s", (url) => {
  for (const name of ["DATABASE_URL", "DATABASE_LISTEN_URL"])
    expect(refusal({ [name]: url })).toMatch(
      new RegExp(
        `^${name} names several hosts: name one that always leads to the primary .*Example: ${name}=postgresql://`,
      ),
    );
});

test.each(["postgresql://me:a,b@one.example.com:5432/mine", "postgresql://one.example.com/a,b?application_name=a,b"])(
  "a comma that is in no host is not taken for another host: %s",
  (url) => {
    expect(parseEnv({ ...NEEDED, DATABASE_URL: url }).DATABASE_URL).toBe(url);
  },
);
