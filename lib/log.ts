import { format, stripVTControlCharacters, types } from "node:util";
import pino, { type DestinationStream, type Level, type Logger } from "pino";
import { env } from "./env";
import { processWide } from "./process-wide";
import { redact } from "./redact";
import { currentRequestId } from "./request-context";

/** The maximum length of an error's message, in characters. */
const LONGEST_MESSAGE = 2000;

/** The maximum number of causes that are logged with an error. */
const DEEPEST_CAUSE = 4;

/** The maximum number of characters that wait to be written; any more are lost. */
const MOST_HELD = 1_000_000;

/** What does not get even as far as the line that is then looked through: `redact`. */
const REDACTED = ["cookie", "authorization", '["set-cookie"]', "password", "token", "secret"].flatMap((name) => {
  const member = name.startsWith("[") ? name : `.${name}`;
  return [name, `*${member}`, `*.headers${member}`];
});

/** The log: lines of JSON on standard output, each with the id of the request that was being answered. */
export function log(): Logger {
  return processWide("latchkeyLog", () =>
    createLog({
      level: env().LOG_LEVEL ?? (process.stdout.isTTY ? "warn" : "info"),
      // Not waited for: whoever reads slowly must not keep visitors waiting. What is left is written at the end.
      to: standardOutput(),
      secrets: [...env().SESSION_SECRET, env().PASSWORD_PEPPER ?? []].flat(),
    }),
  );
}

/** Standard output. While its disk is full, lines are lost, and nothing else is. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false, maxLength: MOST_HELD });
  return output.on("error", () => {
    // At the end of the process it would try for ever to write what is left.
    output.flushSync = () => {};
  });
}

/** A log that writes its lines `to` somewhere, without these secrets and whatever else looks like one. */
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
      // pino would take an error's own words for the line's.
      logMethod(given, write) {
        const [first, ...rest] = given as unknown as [unknown, ...unknown[]];
        const fields = isError(first) ? { err: first } : first;
        const err = (fields as { err?: unknown } | null)?.err;
        if (isError(err) && rest.length === 0) rest.push(describeError(err).message);
        write.apply(this, [fields, ...rest] as unknown as Parameters<typeof write>);
      },
      // The last line of defence: a list of names forgets some.
      streamWrite: (line) => redact(line, secrets),
    },
  };
  return pino(options, to);
}

/**
 * Makes lines of the log of what others print as errors and warnings: Next.js
 * prints what a page throws, and Node what ends the process. Returns what gives
 * the console back.
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
  // Next.js puts a red cross before an error.
  const text = stripVTControlCharacters(format(...words.filter((word) => word !== err))).replace(/^\s*⨯\s*/, "");
  log()[level]({ err }, text || (err && describeError(err).message));
}

type Described = { type: string; message: string; stack?: string; code?: unknown; digest?: unknown; cause?: Described };

/**
 * What the log says of an error. What Prisma and Postgres say of theirs holds what
 * was asked with, hashes and addresses among it: of those only the kind is told.
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

/** What an error says, without the text that could not be parsed, which somebody has sent. */
function wordsOf({ message }: Error): string {
  return message.replace(/, (\.{3})?".*"(\.{3})? is not valid JSON/s, " in JSON").slice(0, LONGEST_MESSAGE);
}

/** Also one from another realm, such as the middleware's. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function isFromDatabase(error: Error): boolean {
  return /^(PrismaClient|DriverAdapter)/.test(error.name) || "severity" in error;
}

type DriverFailure = { cause?: { kind?: unknown; originalCode?: unknown } };

/** The kind of a failure of the database, in its own terms: a code of Prisma's, one of Postgres's. */
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
