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

test("a setting that is not given has its documented default", () => {
  const env = parseEnv(NEEDED);

  expect(env.APP_URL.origin).toBe("http://localhost:3000");
  expect(env.PASSWORD_COST).toBe(12);
  expect(env.SESSION_STORE).toBe("postgres");
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
  expect(env.GEO_FILE).toBeUndefined();
  expect(env.VERIFY_RULES).toBeUndefined();
  expect(env.ALLOWED_RETURN_HOSTS).toEqual([]);
  expect(env.COOKIE_DOMAIN).toBeUndefined();
});

test.each<[string, Record<string, string>]>([
  ["a closed sign-up", { SIGNUP: "closed" }],
  ["a sign-up for one domain", { SIGNUP: "domain:mail.example.com" }],
  ["sessions in the memory of one process", { SESSION_STORE: "memory" }],
  ["a mail server with a user and a password", { SMTP_URL: "smtps://user:pass%40word@mail.example.com:465" }],
  ["a sender with a name", { MAIL_FROM: "Latchkey <no-reply@example.com>" }],
  ["a sender without a name", { MAIL_FROM: "no-reply@example.com" }],
  ["a copy of the list of breached passwords", { BREACHED_PASSWORDS: "https://breached.example.com/range/" }],
  ["a parent domain of the application's host", { ...SECURE, COOKIE_DOMAIN: "example.com" }],
  ["a page with help", { HELP_URL: "https://help.example.com/log-in?from=here" }],
  ["an email address for help", { HELP_URL: "mailto:help@example.com" }],
  ["the application's own host as the cookie domain", { ...SECURE, COOKIE_DOMAIN: "login.example.com" }],
])("%s is accepted", (_what, source) => {
  const { APP_URL: _, ...others } = source;
  expect(parseEnv({ ...NEEDED, ...source })).toMatchObject(others);
});

test("a host with letters beyond ASCII becomes the ASCII form that browsers send", () => {
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

test("return hosts are accepted in any case, with or without a port", () => {
  const { ALLOWED_RETURN_HOSTS } = parseEnv({
    ...NEEDED,
    ALLOWED_RETURN_HOSTS: "Wiki.example.com, *.example.org:8443,",
  });
  expect(ALLOWED_RETURN_HOSTS).toEqual(["wiki.example.com", "*.example.org:8443"]);
});

test("rules are parsed and sorted, the most specific one first", () => {
  const { VERIFY_RULES } = parseEnv({ ...NEEDED, VERIFY_RULES: "*.example.com user; wiki.example.com/a admin" });
  expect(VERIFY_RULES).toEqual([
    { host: "wiki.example.com", path: "/a", groups: ["admin"], needsSecondFactor: false },
    { host: "*.example.com", path: "", groups: ["user"], needsSecondFactor: false },
  ]);
});

test("without APP_URL the application is at localhost, on its PORT", () => {
  expect(parseEnv({ ...NEEDED, PORT: "4000" }).APP_URL.origin).toBe("http://localhost:4000");
});

test("an empty setting counts as missing", () => {
  expect(parseEnv({ ...NEEDED, PORT: "", PASSWORD_COST: " " }).PORT).toBe(3000);
});

test("several secrets keep their order, newest first", () => {
  const older = SECRET.toUpperCase();
  expect(parseEnv({ ...NEEDED, SESSION_SECRET: `${SECRET}, ${older}` }).SESSION_SECRET).toEqual([SECRET, older]);
});

test.each([
  ["a missing secret", { SESSION_SECRET: "" }, "SESSION_SECRET is missing"],
  ["a short secret", { SESSION_SECRET: "short" }, "SESSION_SECRET is too short"],
  ["a short secret among long ones", { SESSION_SECRET: `${SECRET},short` }, "SESSION_SECRET is too short"],
  ["a missing database", { DATABASE_URL: "" }, "DATABASE_URL is missing"],
  [
    "the URL of another kind of database",
    { DATABASE_URL: "mysql://localhost/mine" },
    "DATABASE_URL is not a postgresql:// URL",
  ],
  ["a port that is a word", { PORT: "http" }, "PORT must be a whole number from 1 to 65535"],
  ["a port out of range", { PORT: "70000" }, "PORT must be a whole number from 1 to 65535"],
  [
    "a management port out of range",
    { MANAGEMENT_PORT: "0" },
    "MANAGEMENT_PORT must be a whole number from 1 to 65535",
  ],
  ["an instance without a process", { INSTANCES: "0" }, "INSTANCES must be a whole number from 1 to 64"],
  ["an instance of more than 64 processes", { INSTANCES: "65" }, "INSTANCES must be a whole number from 1 to 64"],
  [
    "the URL of another kind of database to listen to",
    { DATABASE_LISTEN_URL: "redis://localhost" },
    "DATABASE_LISTEN_URL is not a postgresql:// URL",
  ],
  [
    "a management port that is the same as the port",
    { PORT: "4000", MANAGEMENT_PORT: "4000" },
    "MANAGEMENT_PORT must differ from PORT",
  ],
  [
    "a management port that is the same as the default port",
    { MANAGEMENT_PORT: "3000" },
    "MANAGEMENT_PORT must differ from PORT",
  ],
  ["a drain delay of more than a minute", { DRAIN_DELAY: "5m" }, "DRAIN_DELAY must be from 0s to 60s"],
  [
    "an unknown log level",
    { LOG_LEVEL: "loud" },
    "LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent",
  ],
  [
    "an application URL without a scheme",
    { APP_URL: "login.example.com" },
    "APP_URL is not an http:// or https:// URL",
  ],
  ["an application URL with a path", { APP_URL: "https://example.com/login" }, "APP_URL must be an origin"],
  ["an application URL over plain http", { APP_URL: "http://login.example.com" }, "APP_URL must be https"],
  ["a duration without a unit", { SESSION_IDLE_LIFETIME: "15" }, "SESSION_IDLE_LIFETIME is not a duration"],
  [
    "a lifetime out of range",
    { PUBLIC_COMPUTER_IDLE_LIFETIME: "2d" },
    "PUBLIC_COMPUTER_IDLE_LIFETIME must be from 1m to 24h",
  ],
  ["an unknown session store", { SESSION_STORE: "files" }, "SESSION_STORE must be one of postgres, redis, memory"],
  [
    "sessions in the memory of several processes",
    { SESSION_STORE: "memory", SESSION_STORE_MEMORY: "yes", INSTANCES: "2" },
    "SESSION_STORE can be memory only with INSTANCES=1",
  ],
  [
    "a permission for the memory store that is not a clear yes",
    { SESSION_STORE_MEMORY: "true" },
    "SESSION_STORE_MEMORY must be yes",
  ],
  ["the store redis without its URL", { SESSION_STORE: "redis" }, "REDIS_URL is missing"],
  ["a URL that is not Redis's", { REDIS_URL: "http://localhost" }, "REDIS_URL is not a redis:// or rediss:// URL"],
  ["an unknown preset", { SESSION_PRESET: "aal4" }, "SESSION_PRESET must be aal1, aal2 or aal3"],
  [
    "a proxy that is not an IP address",
    { TRUSTED_PROXIES: "10.0.0.0/8,proxy" },
    "TRUSTED_PROXIES has an entry that is neither",
  ],
  ["an unknown value for the sign-up", { SIGNUP: "maybe" }, "SIGNUP must be open, closed or domain:example.com"],
  ["help at an address that runs a script", { HELP_URL: "javascript:alert(1)" }, "HELP_URL is not an https:// or"],
  ["a mail server without a scheme", { SMTP_URL: "mail.example.com" }, "SMTP_URL is not an smtp:// or smtps:// URL"],
  [
    "a sender with a line break",
    { MAIL_FROM: "a@example.com\r\nBcc: b@example.com" },
    "MAIL_FROM is not an email address",
  ],
  [
    "an unknown service for breached passwords",
    { BREACHED_PASSWORDS: "yes" },
    "BREACHED_PASSWORDS is neither hibp nor",
  ],
  ["a ledger lifetime of less than a day", { LEDGER_LIFETIME: "1h" }, "LEDGER_LIFETIME must be from 1d to 3650d"],
  ["an invalid rule", { VERIFY_RULES: "a.example.com user; b.example.com" }, "VERIFY_RULES has an entry that is not"],
  ["a list of rules without a rule", { VERIFY_RULES: " ; " }, "VERIFY_RULES contains no rule"],
  [
    "a return host with a scheme",
    { ALLOWED_RETURN_HOSTS: "https://a.example.com" },
    "ALLOWED_RETURN_HOSTS has an entry that is not a host",
  ],
  [
    "a return host with an impossible port",
    { ALLOWED_RETURN_HOSTS: "a.example.com:70000" },
    "ALLOWED_RETURN_HOSTS has an entry that is not a host",
  ],
  [
    "a return host that is only a wildcard",
    { ALLOWED_RETURN_HOSTS: "*" },
    "ALLOWED_RETURN_HOSTS has an entry that is not a host",
  ],
  [
    "a cookie domain that is not the host or its parent",
    { ...SECURE, COOKIE_DOMAIN: "example.org" },
    "COOKIE_DOMAIN must be the host of APP_URL",
  ],
  [
    "a cookie domain that is part of a label",
    { ...SECURE, COOKIE_DOMAIN: "ple.com" },
    "COOKIE_DOMAIN must be the host of APP_URL",
  ],
  [
    "a cookie domain below the host",
    { ...SECURE, COOKIE_DOMAIN: "a.login.example.com" },
    "COOKIE_DOMAIN must be the host",
  ],
  [
    "a cookie domain that is a top-level domain",
    { ...SECURE, COOKIE_DOMAIN: "com" },
    "COOKIE_DOMAIN is not a domain of at least two labels",
  ],
  [
    "administrators who must be bound on plain http",
    { DEVICE_BINDING: "require" },
    "DEVICE_BINDING can be require only with an https:// APP_URL",
  ],
  [
    "administrators who must be bound with a cookie for other hosts",
    { ...SECURE, COOKIE_DOMAIN: "example.com", DEVICE_BINDING: "require" },
    "DEVICE_BINDING can be require only without COOKIE_DOMAIN",
  ],
  [
    "a proof that browsers would renew with every request",
    { PROOF_LIFETIME: "4m" },
    "PROOF_LIFETIME must be from 5m to 60m",
  ],
  ["a cookie domain with a leading dot", { ...SECURE, COOKIE_DOMAIN: ".example.com" }, "COOKIE_DOMAIN is not a domain"],
  [
    "a cookie domain with attributes",
    { ...SECURE, COOKIE_DOMAIN: "example.com; Path=/x" },
    "COOKIE_DOMAIN is not a domain",
  ],
  [
    "a cookie domain that is part of an IP address",
    { APP_URL: "https://10.0.0.5", COOKIE_DOMAIN: "0.0.5" },
    "COOKIE_DOMAIN must be the host",
  ],
  ["a cookie domain over plain http", { COOKIE_DOMAIN: "example.com" }, "COOKIE_DOMAIN requires an https:// APP_URL"],
  [
    "a password hash that costs too little",
    { PASSWORD_COST: "4" },
    "PASSWORD_COST must be a whole number from 10 to 16",
  ],
])("%s is refused with one line that names the setting and gives an example", (_what, source, message) => {
  const said = refusal(source);

  expect(said).toContain(message);
  expect(said).toContain(`Example: ${message.split(" ")[0]}=`);
  expect(said.split("\n")).toHaveLength(1);
});

test("all wrong settings are reported at once", () => {
  expect(refusal({ SESSION_SECRET: "short", PORT: "none" }).split("\n")).toHaveLength(2);
});

test("the error does not repeat the secret", () => {
  expect(refusal({ SESSION_SECRET: "hunter2" })).not.toContain("hunter2");
});

test.each([
  "postgresql://me:secret@one.example.com:5432,two.example.com:5433/mine",
  "postgres://one.example.com,two.example.com",
  "postgresql:///mine?host=one.example.com,two.example.com&port=5432",
])("a database URL may name several hosts: %s", (url) => {
  const settings = { ...NEEDED, DATABASE_URL: url, DATABASE_LISTEN_URL: url };
  expect(parseEnv(settings)).toMatchObject({ DATABASE_URL: url, DATABASE_LISTEN_URL: url });
});

test.each([
  ["postgresql://one.example.com,two.example.com,three.example.com?port=1,2", "names 3 hosts, but 2 ports"],
  ["postgresql://one.example.com,,two.example.com/mine", "has a list of hosts with an empty entry"],
  ["postgresql://one.example.com:5432,two.example.com:none/mine", "is not a postgresql:// URL"],
  ["mysql://one.example.com,two.example.com/mine", "is not a postgresql:// URL"],
])("a list of hosts that cannot be used is refused: %s", (url, message) => {
  for (const name of ["DATABASE_URL", "DATABASE_LISTEN_URL"])
    expect(refusal({ [name]: url })).toBe(
      `${name} ${message}. Example: ${name}=postgresql://latchkey:password@db.example.com:5432/latchkey`,
    );
});

test.each(["postgresql://me:a,b@one.example.com:5432/mine", "postgresql://one.example.com/a,b?application_name=a,b"])(
  "a comma outside the host of a database URL does not count as another host: %s",
  (url) => {
    expect(parseEnv({ ...NEEDED, DATABASE_URL: url }).DATABASE_URL).toBe(url);
  },
);
