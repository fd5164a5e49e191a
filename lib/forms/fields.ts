import { z } from "zod";
import { oneRange, rangeOfBeginning } from "@/lib/http/network";
import type { Said } from "@/lib/i18n/words";
import { parseEmail } from "@/lib/text/email";
import { hasUnseen, lengthOf, oneLine, severalLines } from "@/lib/text/plain-text";
import { instantOf } from "./local-time";
import { readForm, readRepeated } from "./read";

/** The rule for a field. `accept` returns the parsed value, or null; `message` then tells the user what is wrong. */
export type Rule = {
  accept: (text: string) => string | null;
  message: (text: string) => Said;
  /** Whether a form may have the field several times. The text then has all values, with spaces in between. */
  isList?: boolean;
};

const UNSEEN: Said = ["fields.unseen"];

/** An email address, normalised to the spelling by which accounts are found. */
export const EMAIL: Rule = {
  accept: parseEmail,
  message: (text) => (hasUnseen(oneLine(text)) ? UNSEEN : ["fields.email"]),
};

/** A password exactly as typed, including spaces. Other code checks whether it is correct or strong enough. */
export const PASSWORD: Rule = {
  accept: (text) => (text.length > 0 && text.length <= 1024 ? text : null),
  message: (text) => (text ? ["fields.tooLong"] : ["fields.password"]),
};

type Limits = {
  /** The maximum length, in characters as a person counts them. */
  most: number;
  /** The error for an empty field; null if the field is optional. */
  empty: Said | null;
};

/**
 * A rule for text that people read. The limit counts visible characters. Each can consist of many
 * code points, so the length in UTF-16 has a limit, too.
 */
function text(tidy: (text: string) => string, { most, empty }: Limits, tooLong: Said): Rule {
  const isTooLong = (tidied: string) => tidied.length > 10 * most || lengthOf(tidied) > most;
  return {
    accept(typed) {
      const tidied = tidy(typed);
      const isRefused = hasUnseen(tidied.replace(/[\n\t]/g, "")) || isTooLong(tidied) || (empty !== null && !tidied);
      return isRefused ? null : tidied;
    },
    message(typed) {
      const tidied = tidy(typed);
      if (!tidied && empty !== null) return empty;
      if (isTooLong(tidied)) return tooLong;
      return UNSEEN;
    },
  };
}

/** One line of text, such as a name. */
function line(limits: Limits): Rule {
  return text(oneLine, limits, ["fields.lineTooLong", { most: limits.most }]);
}

/**
 * Several lines of text, for a `TextArea`. Line ends become "\n", whatever the browser sends.
 * @public Applications built on this one have such fields.
 */
export function lines(limits: Limits): Rule {
  return text(severalLines, limits, ["fields.linesTooLong", { most: limits.most }]);
}

/** The display name of a user. */
export const NAME = line({ most: 100, empty: ["fields.name"] });

/** The name that a user gives one of their browsers. May be empty. */
export const LABEL = line({ most: 60, empty: null });

/** The name that a user gives one of their passkeys. */
export const PASSKEY_NAME = line({ most: 60, empty: ["passkeys.enterName"] });

/** The id of a passkey's credential, in base64url. */
export const CREDENTIAL: Rule = {
  accept: (text) => (/^[\w-]{1,1364}$/.test(text) ? text : null),
  message: () => ["passkeys.notFound"],
};

/** Which of the new factors of an account to keep: see lib/auth/second-factor/disputed. None is fine. */
export const KEPT: Rule = {
  isList: true,
  accept: (text) => (/^[\w -]*$/.test(text) ? text : null),
  message: () => ["fields.broken"],
};

/** The handle of a session. */
export const HANDLE: Rule = {
  accept(text) {
    const handle = text.trim().toLowerCase();
    return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(handle) ? handle : null;
  },
  message: () => ["fields.noSession"],
};

/** The id of a user. */
export const USER_ID: Rule = { ...HANDLE, message: () => ["fields.noAccount"] };

/** The maximum number of values in a list, which is that of rows on a page. */
const LONGEST_LIST = 100;

/** Several values of a rule, from checkboxes. At least one. */
function listOf(rule: Rule): Rule {
  return {
    isList: true,
    accept(text) {
      const values = [...new Set(text.split(/\s+/).filter(Boolean))].map(rule.accept);
      const isGiven = values.length > 0 && values.length <= LONGEST_LIST && !values.includes(null);
      return isGiven ? values.join(" ") : null;
    },
    message: (text) => (text.trim() ? rule.message(text) : ["fields.select"]),
  };
}

/** The handles of sessions, with spaces in between. */
export const HANDLES = listOf(HANDLE);

/** The ids of users, with spaces in between. */
export const USER_IDS = listOf(USER_ID);

/** A code of an authenticator app, or a recovery code, as typed. Other code checks whether it is right. */
export const CODE: Rule = {
  accept: (text) => (text.trim() && text.length <= 100 ? text : null),
  message: () => ["fields.code"],
};

/** The token in an emailed link. */
export const TOKEN: Rule = {
  accept: (text) => (/^[\w-]{43}$/.test(text) ? text : null),
  message: () => ["fields.brokenLink"],
};

/** The reason that an administrator gives for an action. */
export const NOTE = line({ most: 200, empty: ["fields.reason"] });

export const ROLE: Rule = {
  accept: (text) => (text === "user" || text === "admin" ? text : null),
  message: () => ["fields.role"],
};

const RANGE_OF_ADDRESSES = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** An IP address or a range in CIDR notation (RFC 4632). Empty means any address. */
export const RANGE: Rule = {
  accept(text) {
    const range = text.normalize("NFKC").trim();
    if (range === "") return range;
    // An empty result would mean any address.
    return RANGE_OF_ADDRESSES.safeParse(range).success ? oneRange(range) || null : null;
  },
  message: () => ["fields.range"],
};

/** Like RANGE, or the beginning of an address, to search by. Not for commands: a part of an address may be a slip there. */
export const ADDRESS_PART: Rule = {
  ...RANGE,
  accept: (text) => RANGE.accept(text) ?? (rangeOfBeginning(text.normalize("NFKC").trim()) || null),
};

/** A date, optionally with a time, in UTC unless it has an offset. Becomes ISO 8601. May be empty. */
export const MOMENT: Rule = {
  accept(text) {
    const [, date, time, zone] =
      /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text.trim()) ?? [];
    if (text.trim() === "") return "";
    const moment = new Date(`${date}T${time ?? "00:00"}${zone ?? "Z"}`);
    if (Number.isNaN(moment.getTime()) || !isDay(String(date))) return null;
    // The offset may move it into a year that no form accepts.
    const inUtc = moment.toISOString();
    return isDay(inUtc.slice(0, 10)) ? inUtc : null;
  },
  message: () => ["fields.moment"],
};

/** Like MOMENT, but without an offset the time is that of a time zone (IANA), or of UTC with null. */
export function momentIn(timeZone: string | null): Rule {
  return {
    ...MOMENT,
    accept(text) {
      const moment = MOMENT.accept(text);
      if (!moment || !timeZone || /(Z|[+-]\d{2}:\d{2})$/.test(text.trim())) return moment;
      const there = instantOf(moment.slice(0, -1), timeZone).toISOString();
      return isDay(there.slice(0, 10)) ? there : null;
    },
  };
}

/**
 * Whether the calendar has this day, in a year that Postgres has, too. JavaScript turns the 30th of
 * February into a day in March.
 */
function isDay(date: string): boolean {
  return date >= "1000" && new Date(`${date}T00:00Z`).toISOString().startsWith(date);
}

/** Any text. The field may be empty or missing. */
export const ANYTHING: Rule = { accept: (text) => text, message: () => ["fields.tooLong"] };

export type Errors<Name extends string> = Partial<Record<Name | "form", Said>>;

/** What the user typed, and either the parsed values or the errors: field by field, or as a whole. */
type Parsed<Name extends string> = { typed: Record<Name, string> } & (
  | { fields: Record<Name, string> }
  | { errors: Errors<Name> }
);

/** Parses a submitted form by these rules. Sets the status 400 for input that no form of ours sends. */
export function parseFields<Name extends string>(form: unknown, rules: Record<Name, Rule>): Parsed<Name> {
  const names = Object.keys(rules) as Name[];
  const sent = readForm(
    form,
    names,
    names.filter((name) => rules[name].isList),
  );
  const typed = record(names, (name) => sent?.[name] ?? "");
  if (!sent) return { typed, errors: { form: ["fields.broken"] } as Errors<Name> };

  const accepted = record(names, (name) => rules[name].accept(typed[name]));
  const wrong = names.filter((name) => accepted[name] === null);
  if (wrong.length === 0) return { typed, fields: accepted as Record<Name, string> };
  return { typed, errors: record(wrong, (name) => rules[name].message(typed[name])) as Errors<Name> };
}

/** Parses a field that a form may repeat, such as checkboxes of one name. Null if a value breaks the rule. */
export function parseRepeated(form: unknown, name: string, { accept }: Rule): string[] | null {
  const values = readRepeated(form, name)?.map(accept);
  return values?.every((value) => value !== null) ? values : null;
}

function record<Name extends string, Value>(names: Name[], value: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
