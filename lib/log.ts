import { format, stripVTControlCharacters, types } from "node:util";
import pino, { type DestinationStream, type Level, type Logger } from "pino";
import { parseRedisUrl } from "@/lib/text/redis-url";
import { env } from "./env";
import { processWide } from "./process-wide";
import { redact } from "./redact";
import { currentRequestId } from "./request-context";

/** The maximum length of an error's message, in characters. */
const LONGEST_MESSAGE = 2000;

/** The maximum number of causes that are logged with an error. */
const DEEPEST_CAUSE = 4;

/** The maximum number of characters that wait to be written. Any more are dropped. */
const MOST_HELD = 1_000_000;

/** The fields that pino blanks by name, before `redact` searches the whole line. */
const REDACTED = ["cookie", "authorization", '["set-cookie"]', "password", "token", "secret"].flatMap((name) => {
  const member = name.startsWith("[") ? name : `.${name}`;
  return [name, `*${member}`, `*.headers${member}`];
});

/** The log: lines of JSON on standard output, each with the id of the current request. */
export function log(): Logger {
  return processWide("latchkeyLog", () =>
    createLog({
      level: env().LOG_LEVEL ?? (process.stdout.isTTY ? "warn" : "info"),
      // Asynchronous, so that a slow reader never keeps visitors waiting. The rest is written when
      // the process ends.
      to: standardOutput(),
      secrets: [...env().SESSION_SECRET, env().PASSWORD_PEPPER ?? [], redisPassword() ?? []].flat(),
    }),
  );
}

function redisPassword(): string | undefined {
  return parseRedisUrl(env().REDIS_URL ?? "")?.password;
}

/** Standard output. While its disk is full, log lines are lost, but nothing else fails. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false, maxLength: MOST_HELD });
  return output.on("error", () => {
    // At exit, it would retry forever to write the remaining lines.
    output.flushSync = () => {};
  });
}

/** Creates a log that writes to `to`. Blanks these secrets and everything that looks like one. */
export function createLog({
  level,
  to,
  secrets,
}: {
  level: Level | "silent";
  to: DestinationStream;
  secrets: string[];
}): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => ({ requestId: currentRequestId() }),
    serializers: { err: describeError },
    redact: { paths: REDACTED, censor: "[redacted]" },
    hooks: {
      // By default, pino makes the error's own message the message of the line. It may contain database values.
      logMethod(given, write) {
        const [first, ...rest] = given as unknown as [unknown, ...unknown[]];
        const fields = isError(first) ? { err: first } : first;
        const err = (fields as { err?: unknown } | null)?.err;
        if (isError(err) && rest.length === 0) rest.push(describeError(err).message);
        write.apply(this, [fields, ...rest] as unknown as Parameters<typeof write>);
      },
      // The last line of defence: a list of field names is never complete.
      streamWrite: (line) => redact(line, secrets),
    },
  };
  return pino(options, to);
}

/**
 * Turns errors and warnings on the console into log lines: Next.js prints what pages throw, and
 * Node what ends the process. Returns a function that restores the console.
 */
export function logConsole(): () => void {
  const { error, warn } = console;
  console.error = (...words: unknown[]) => logWords("error", words);
  console.warn = (...words: unknown[]) => logWords("warn", words);
  process.on("uncaughtException", endLogged);
  return () => {
    Object.assign(console, { error, warn });
    process.off("uncaughtException", endLogged);
  };
}

function endLogged(error: unknown): void {
  log().fatal({ err: error }, "The process ends, because nobody expected this");
  process.exit(1);
}

function logWords(level: "error" | "warn", words: unknown[]): void {
  const err = words.find(isError);
  // Next.js prints a red cross before an error.
  const text = stripVTControlCharacters(format(...words.filter((word) => word !== err))).replace(/^\s*\u2a2f\s*/, "");
  log()[level]({ err }, text || (err && describeError(err).message));
}

type Described = { type: string; message: string; stack?: string; code?: unknown; digest?: unknown; cause?: Described };

/**
 * Describes an error for the log. The messages of Prisma and Postgres contain query values,
 * including hashes and email addresses, so for those errors it gives only the kind.
 */
function describeError(error: unknown, depth = 0): Described {
  if (!isError(error)) return { type: typeof error, message: format(error).slice(0, LONGEST_MESSAGE) };

  const { name, code, digest, cause, stack } = error as Error & { code?: unknown; digest?: unknown };
  const message = isFromDatabase(error) ? kindOf(error) : wordsOf(error);
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at .*[:)\]>]/.test(line));
  return {
    type: name,
    message,
    stack: [`${name}: ${message}`, ...(isFromDatabase(error) ? frames.filter(isPlace) : frames)].join("\n"),
    ...(code !== undefined && { code }),
    ...(digest !== undefined && { digest }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: describeError(cause, depth + 1) }),
  };
}

/** An error's message, without any JSON that could not be parsed: a client sent that. */
function wordsOf({ message }: Error): string {
  return message.replace(/, (\.{3})?".*"(\.{3})? is not valid JSON/s, " in JSON").slice(0, LONGEST_MESSAGE);
}

/** Whether a value is an Error, including one from another realm, such as the middleware's. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function isFromDatabase(error: Error): boolean {
  return /^(PrismaClient|DriverAdapter)/.test(error.name) || "severity" in error;
}

type DriverFailure = { cause?: { kind?: unknown; originalCode?: unknown } };

/** The kind of a database failure, by the codes of Prisma and Postgres. */
function kindOf(error: Error): string {
  const { code, meta, cause } = error as DriverFailure & {
    code?: unknown;
    meta?: { driverAdapterError?: DriverFailure };
  };
  const { kind, originalCode } = (meta?.driverAdapterError ?? { cause }).cause ?? {};
  return ["A statement failed", code, kind, originalCode].filter(Boolean).join(" ");
}

function isPlace(line: string): boolean {
  return /^ {4}at [^"'{}]+:\d+:\d+\)?$/.test(line);
}
