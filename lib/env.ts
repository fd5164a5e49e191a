import { z } from "zod";
import { parseRules, type VerifyRule } from "@/lib/forward-auth/rules";
import { urlsOfHosts } from "@/lib/hosts";
import { LOCALES } from "@/lib/i18n/compiled/locales";
import { asciiHost } from "@/lib/text/ascii-host";
import { contrast } from "@/lib/text/contrast";
import { parseRedisUrl } from "@/lib/text/redis-url";
import { GROUNDS } from "@/lib/theme";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const UNITS = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const SIGNUP = /^(open|closed|domain:[a-z0-9-]+(\.[a-z0-9-]+)+)$/;
/** An email address, or a name and an email address in angle brackets. */
const MAILBOX = /^([^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?$/;
const HOST = /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/;
const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const ADDRESS_V4 = /^[\d.]+$/;
const DURATION = /^\d{1,6}[smhd]$/;

/** A duration with its unit, such as `15m`. Becomes milliseconds. */
function duration({ from, to }: { from: string; to: string }) {
  return z
    .string()
    .regex(DURATION, "is not a duration: use a whole number and s, m, h or d")
    .transform(milliseconds)
    .refine((value) => value >= milliseconds(from) && value <= milliseconds(to), `must be from ${from} to ${to}`);
}

/** Parses any text as a duration, in milliseconds. Null if it is not one. */
export function parseDuration(text: string): number | null {
  return DURATION.test(text) ? milliseconds(text) : null;
}

function milliseconds(duration: string): number {
  return Number.parseInt(duration, 10) * UNITS[duration.slice(-1) as keyof typeof UNITS];
}

function wholeNumber({ from, to }: { from: number; to: number }) {
  const message = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine((value) => value >= from && value <= to, message);
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** The entries of a comma-separated list, without the empty ones. */
function parts(text: string): string[] {
  return text.split(",").flatMap((part) => part.trim() || []);
}

/** Whether a text is a host, optionally with `*.` before it and a port after it. */
function isHostPattern(text: string): boolean {
  return HOST.test(text) && URL.canParse(`https://${text.replace(/^\*/, "any")}`);
}

/** Parses VERIFY_RULES, and reports which of its entries is wrong. */
function readRules(text: string, context: z.RefinementCtx): VerifyRule[] {
  try {
    return parseRules(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}

/** Whether a browser at `url` accepts a cookie for a domain: it must be the host itself or a parent of it. */
function isDomainOf(url: URL, domain: string): boolean {
  return `.${url.hostname}`.endsWith(`.${domain}`) && !ADDRESS_V4.test(url.hostname);
}

/** A button has to stand out from the page in both themes (WCAG 2.2, 1.4.11). */
function checkContrast(colour: string, context: z.RefinementCtx): void {
  for (const [theme, ground] of Object.entries(GROUNDS)) {
    const ratio = contrast(colour, ground);
    if (ratio < 3)
      context.addIssue(`has a contrast of ${ratio.toFixed(1)} in the ${theme} theme: at least 3 is needed`);
  }
}

/** The stores of sessions: see lib/session/store. */
const SESSION_STORES = ["postgres", "redis", "memory"] as const;

const secret = z.string().min(32, "is too short: use at least 32 random characters");

const oneHost = z.url({ protocol: /^postgres(ql)?$/ });

/** Checks the URL of a database, which may name several hosts (lib/hosts). */
function checkDatabase(url: string, context: z.RefinementCtx): void {
  try {
    if (urlsOfHosts(url).every((one) => oneHost.safeParse(one).success)) return;
    context.addIssue("is not a postgresql:// URL");
  } catch (error) {
    context.addIssue((error as Error).message);
  }
}

const database = z.string().superRefine(checkDatabase);

const schema = z.object({
  DATABASE_URL: database,
  DATABASE_LISTEN_URL: database.optional(),
  PORT: wholeNumber({ from: 1, to: 65535 }).prefault("3000"),
  MANAGEMENT_PORT: wholeNumber({ from: 1, to: 65535 }).optional(),
  INSTANCES: wholeNumber({ from: 1, to: 64 }).prefault("1"),
  DRAIN_DELAY: duration({ from: "0s", to: "60s" }).prefault("0s"),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).optional(),
  APP_URL: z
    .url({ protocol: /^https?$/, error: "is not an http:// or https:// URL" })
    .transform((text) => new URL(text))
    .refine((url) => url.pathname === "/" && !url.search && !url.hash, "must be an origin, without a path")
    .refine((url) => url.protocol === "https:" || isLoopback(url.hostname), "must be https, unless it is localhost")
    .optional(),
  SESSION_SECRET: z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .pipe(z.array(secret).min(1)),
  PASSWORD_PEPPER: secret.optional(),
  PASSWORD_COST: wholeNumber({ from: 10, to: 16 }).prefault("12"),
  PASSWORD_THREADS: wholeNumber({ from: 0, to: 64 }).optional(),
  PASSWORD_NICENESS: wholeNumber({ from: 0, to: 19 }).prefault("5"),
  BREACHED_PASSWORDS: z
    .string()
    .regex(/^(hibp|https?:\/\/\S+)$/, "is neither hibp nor the URL of a copy of its list")
    .optional(),
  SIGNUP: z
    .string()
    .transform((text) => text.trim().replace(/(?<=^domain:)\S+/, asciiHost))
    .pipe(z.string().regex(SIGNUP, "must be open, closed or domain:example.com"))
    .prefault("open"),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "is not an smtp:// or smtps:// URL" }).optional(),
  MAIL_FROM: z
    .string()
    .regex(MAILBOX, "is not an email address, or a name and an email address in angle brackets")
    .optional(),
  SESSION_STORE: z.enum(SESSION_STORES, `must be one of ${SESSION_STORES.join(", ")}`).prefault("postgres"),
  /** Allows the memory store where a restart would log other people out. */
  SESSION_STORE_MEMORY: z.literal("yes", "must be yes").optional(),
  REDIS_URL: z
    .string()
    .refine((url) => parseRedisUrl(url) !== null, "is not a redis:// or rediss:// URL")
    .optional(),
  SESSION_PRESET: z.enum(["aal1", "aal2", "aal3"], "must be aal1, aal2 or aal3").prefault("aal1"),
  SESSION_IDLE_LIFETIME: duration({ from: "1m", to: "365d" }).optional(),
  SESSION_TOTAL_LIFETIME: duration({ from: "1m", to: "365d" }).optional(),
  SESSION_TOUCH_INTERVAL: duration({ from: "1s", to: "1h" }).optional(),
  PUBLIC_COMPUTER_IDLE_LIFETIME: duration({ from: "1m", to: "24h" }).optional(),
  PUBLIC_COMPUTER_TOTAL_LIFETIME: duration({ from: "1m", to: "24h" }).optional(),
  PUBLIC_COMPUTER_TOUCH_INTERVAL: duration({ from: "1s", to: "1h" }).optional(),
  ADMINISTRATOR_IDLE_LIFETIME: duration({ from: "1m", to: "30d" }).optional(),
  ADMINISTRATOR_TOTAL_LIFETIME: duration({ from: "1m", to: "30d" }).optional(),
  ADMINISTRATOR_TOUCH_INTERVAL: duration({ from: "1s", to: "1h" }).optional(),
  CONFIRM_LIFETIME: duration({ from: "1m", to: "24h" }).prefault("15m"),
  SECOND_FACTOR: z
    .enum(["optional", "administrators", "required"], "must be optional, administrators or required")
    .prefault("optional"),
  TRUSTED_BROWSER_LIFETIME: duration({ from: "0d", to: "365d" }).prefault("30d"),
  SECOND_FACTOR_RECOVERY_DELAY: duration({ from: "1h", to: "30d" }).prefault("24h"),
  DEVICE_BINDING: z.enum(["off", "prefer", "require"], "must be off, prefer or require").prefault("prefer"),
  PROOF_LIFETIME: duration({ from: "5m", to: "60m" }).prefault("10m"),
  /** How long a generation of the session cookie lasts; 0 switches rotation off. */
  TOKEN_ROTATION: z
    .string()
    .transform((text) => (text.trim() === "0" ? "0m" : text))
    .pipe(duration({ from: "0m", to: "24h" }))
    .prefault("15m"),
  /** Without it, a copied cookie ends the sessions of administrators, and is refused for others. */
  ON_COPIED_COOKIE: z.enum(["refuse", "end"], "must be refuse or end").optional(),
  MAX_SESSIONS: wholeNumber({ from: 1, to: 1000 }).prefault("20"),
  AT_MAX_SESSIONS: z.enum(["oldest", "refuse", "choose"], "must be oldest, refuse or choose").prefault("oldest"),
  SWEEP_INTERVAL: duration({ from: "1m", to: "24h" }).prefault("10m"),
  LEDGER_LIFETIME: duration({ from: "1d", to: "3650d" }).prefault("400d"),
  LEDGER_ADDRESS_LIFETIME: duration({ from: "1d", to: "3650d" }).prefault("90d"),
  TRUSTED_PROXIES: z
    .string()
    .transform(parts)
    .pipe(
      z.array(
        z.union(
          [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
          "has an entry that is neither an IP address nor a range in CIDR notation",
        ),
      ),
    )
    .prefault(""),
  /** A database of places by IP address, in MaxMind's format. lib/http/geo-file checks it at the start. */
  GEO_FILE: z.string().optional(),
  VERIFY_RULES: z.string().transform(readRules).optional(),
  VERIFY_REMOTE_USER: z.enum(["id", "email"], "must be id or email").prefault("id"),
  ALLOWED_RETURN_HOSTS: z
    .string()
    .transform((text) => parts(text).map(asciiHost))
    .pipe(z.array(z.string().refine(isHostPattern, "has an entry that is not a host: leave out https:// and the path")))
    .prefault(""),
  COOKIE_DOMAIN: z
    .string()
    .transform((text) => asciiHost(text.trim()))
    .pipe(z.string().regex(DOMAIN, "is not a domain of at least two labels, without a leading dot"))
    .optional(),
  /** Where emails are kept when no mail server is configured, and whether the page /outbox shows them. */
  OUTBOX_FOLDER: z.string().prefault(".data/outbox"),
  OUTBOX_SHOWN: z.literal("yes").optional(),
  /** Where `npm start` stores the demo account of its embedded database. The log-in page then offers that account. */
  DEMO_FILE: z.string().optional(),
  DEFAULT_LOCALE: z.enum(LOCALES, `must be one of ${LOCALES.join(", ")}`).prefault("en"),
  PRODUCT_NAME: z.string().trim().max(40, "must have at most 40 characters").prefault("Latchkey"),
  PRODUCT_LOGO: z.string().optional(),
  PRODUCT_COLOR: z
    .string()
    .regex(/^#[\da-f]{6}$/i, "must be a colour such as #2563eb")
    .toLowerCase()
    .superRefine(checkContrast)
    .optional(),
  HELP_URL: z.url({ protocol: /^(https?|mailto)$/, error: "is not an https:// or mailto: URL" }).optional(),
});

/** The schema, with the defaults and conditions that depend on several settings. */
const complete = schema
  .refine(({ PORT, MANAGEMENT_PORT }) => PORT !== MANAGEMENT_PORT, {
    path: ["MANAGEMENT_PORT"],
    message: "must differ from PORT",
  })
  .refine(({ SESSION_STORE, INSTANCES }) => SESSION_STORE !== "memory" || INSTANCES === 1, {
    path: ["SESSION_STORE"],
    message: "can be memory only with INSTANCES=1, because processes share no memory",
  })
  .refine(({ SESSION_STORE, REDIS_URL }) => SESSION_STORE !== "redis" || REDIS_URL, {
    path: ["REDIS_URL"],
    message: "is needed for SESSION_STORE=redis",
  })
  .transform((settings) => ({ ...settings, APP_URL: settings.APP_URL ?? new URL(`http://localhost:${settings.PORT}`) }))
  .superRefine(({ APP_URL, COOKIE_DOMAIN }, context) => {
    const say = (message: string) => context.addIssue({ code: "custom", path: ["COOKIE_DOMAIN"], message });
    if (!COOKIE_DOMAIN) return;
    if (APP_URL.protocol !== "https:") say("requires an https:// APP_URL");
    else if (!isDomainOf(APP_URL, COOKIE_DOMAIN))
      say(`must be the host of APP_URL, ${APP_URL.hostname}, or a parent domain of it`);
  })
  .superRefine(({ APP_URL, COOKIE_DOMAIN, DEVICE_BINDING }, context) => {
    const say = (message: string) => context.addIssue({ code: "custom", path: ["DEVICE_BINDING"], message });
    if (DEVICE_BINDING !== "require") return;
    if (APP_URL.protocol !== "https:") say("can be require only with an https:// APP_URL");
    else if (COOKIE_DOMAIN) say("can be require only without COOKIE_DOMAIN");
  });

const EXAMPLES: Record<keyof typeof schema.shape, string> = {
  DATABASE_URL: "postgresql://latchkey:password@db.example.com:5432/latchkey",
  DATABASE_LISTEN_URL: "postgresql://latchkey:password@db.example.com:5432/latchkey",
  PORT: "3000",
  MANAGEMENT_PORT: "9090",
  INSTANCES: "2",
  DRAIN_DELAY: "10s",
  LOG_LEVEL: "info",
  APP_URL: "https://login.example.com",
  SESSION_SECRET: "the output of: openssl rand -base64 33",
  PASSWORD_PEPPER: "the output of: openssl rand -base64 33",
  PASSWORD_COST: "12",
  PASSWORD_THREADS: "1",
  PASSWORD_NICENESS: "5",
  BREACHED_PASSWORDS: "hibp",
  SIGNUP: "domain:example.com",
  SMTP_URL: "smtps://user:password@mail.example.com",
  MAIL_FROM: "Latchkey <no-reply@example.com>",
  SESSION_STORE: "postgres",
  SESSION_STORE_MEMORY: "yes",
  REDIS_URL: "redis://redis.example.com:6379",
  SESSION_PRESET: "aal1",
  SESSION_IDLE_LIFETIME: "7d",
  SESSION_TOTAL_LIFETIME: "30d",
  SESSION_TOUCH_INTERVAL: "1m",
  PUBLIC_COMPUTER_IDLE_LIFETIME: "15m",
  PUBLIC_COMPUTER_TOTAL_LIFETIME: "8h",
  PUBLIC_COMPUTER_TOUCH_INTERVAL: "1m",
  ADMINISTRATOR_IDLE_LIFETIME: "1d",
  ADMINISTRATOR_TOTAL_LIFETIME: "7d",
  ADMINISTRATOR_TOUCH_INTERVAL: "1m",
  CONFIRM_LIFETIME: "15m",
  DEVICE_BINDING: "prefer",
  PROOF_LIFETIME: "10m",
  TOKEN_ROTATION: "15m",
  ON_COPIED_COOKIE: "end",
  MAX_SESSIONS: "20",
  AT_MAX_SESSIONS: "choose",
  SECOND_FACTOR: "administrators",
  TRUSTED_BROWSER_LIFETIME: "14d",
  SECOND_FACTOR_RECOVERY_DELAY: "3d",
  SWEEP_INTERVAL: "10m",
  LEDGER_LIFETIME: "400d",
  LEDGER_ADDRESS_LIFETIME: "90d",
  TRUSTED_PROXIES: "127.0.0.1,10.0.0.0/8",
  GEO_FILE: "/var/lib/GeoIP/GeoLite2-City.mmdb",
  VERIFY_RULES: "wiki.example.com user; wiki.example.com/admin admin",
  VERIFY_REMOTE_USER: "id",
  ALLOWED_RETURN_HOSTS: "*.example.com",
  COOKIE_DOMAIN: "example.com",
  OUTBOX_FOLDER: ".data/outbox",
  OUTBOX_SHOWN: "yes",
  DEMO_FILE: ".data/demo.json",
  DEFAULT_LOCALE: "ko",
  PRODUCT_NAME: "Example Inc.",
  PRODUCT_LOGO: "/etc/latchkey/logo.svg",
  PRODUCT_COLOR: "#2563eb",
  HELP_URL: "https://help.example.com",
};

export type Env = z.infer<typeof complete>;

/** The settings are invalid. The message has one line for each wrong setting. */
export class InvalidSettings extends Error {
  // By this name the commands know not to print a stack: cli/main.mjs.
  override name = "UserError";
}

/**
 * Validates and completes the settings: durations in milliseconds, `APP_URL` as a URL,
 * `SESSION_SECRET` as a list with the newest first. An empty setting counts as missing.
 *
 * Throws InvalidSettings, which names every wrong variable, the problem, and an example.
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const { success, data, error } = complete.safeParse(given);
  if (success) return data;

  const lines = error.issues.map(({ path, message }) => {
    const name = path[0] as keyof typeof EXAMPLES;
    return `${name} ${given[name] ? message : "is missing"}. Example: ${name}=${EXAMPLES[name]}`;
  });
  throw new InvalidSettings([...new Set(lines)].join("\n"));
}

let settings: Env | undefined;

/** The current settings, read from the environment once, at first use. */
export function env(): Env {
  settings ??= parseEnv(process.env);
  return settings;
}

/**
 * The URL of the database, past any connection pooler. For connections that must not be shared,
 * such as one that listens.
 */
export function directUrl(): string {
  return env().DATABASE_LISTEN_URL ?? env().DATABASE_URL;
}

/** Whether browsers reach the application over TLS. */
export function isHttps(): boolean {
  return env().APP_URL.protocol === "https:";
}

/** The host names of this machine. */
export const LOOPBACKS = ["localhost", "127.0.0.1", "[::1]"];

/** Whether `npm run dev` serves the sources, as opposed to a build. */
export function isDevelopment(): boolean {
  return process.env.NODE_ENV === "development";
}

/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACKS.includes(hostname);
}
