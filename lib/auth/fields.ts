import { z } from "zod";
import { readForm } from "@/lib/http/form";
import { normaliseEmail } from "./credentials";

/** What may stand in a field: `accept` gives what it means, or null; `message` then says what is wrong, to who typed it. */
export type Rule = { accept: (text: string) => string | null; message: (text: string) => string };

const CONTROL = /\p{Cc}/u;

/** One address and nothing else: what in a header of a mail would set another one apart has no place in it (RFC 5322 §3.4). */
const ADDRESS = /^[^\s@<>()[\],;:"\\\p{Cc}]+@[^\s@<>()[\],;:"\\\p{Cc}]+$/u;

/** An email address, as accounts are found by it. As long as RFC 5321 §4.5.3.1.3 lets one be. */
export const EMAIL: Rule = {
  accept(text) {
    const email = normaliseEmail(text);
    return ADDRESS.test(email) && email.length <= 254 ? email : null;
  },
  message: () => "Enter your email address, such as name@example.com.",
};

/** A password as it was typed, spaces and all. Whether it is the right one, or a good one, is asked elsewhere. */
export const PASSWORD: Rule = {
  accept: (text) => (text.length > 0 && text.length <= 1024 ? text : null),
  message: (text) => (text ? "This is too long." : "Enter your password."),
};

/** What a person wants to be called. */
export const NAME: Rule = {
  accept(text) {
    const name = text.normalize("NFC").trim().replace(/\s+/g, " ");
    return name && name.length <= 100 && !CONTROL.test(name) ? name : null;
  },
  message: (text) => (text.trim() ? "Use at most 100 characters, in one line." : "Enter your name."),
};

/** What a person calls one of their browsers; nothing, for no name. */
export const LABEL: Rule = {
  accept(text) {
    const label = text.normalize("NFC").trim().replace(/\s+/g, " ");
    return label.length <= 60 && !CONTROL.test(label) ? label : null;
  },
  message: () => "Use at most 60 characters, in one line.",
};

/** The handle of a session. */
export const HANDLE: Rule = {
  accept: (text) => (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text) ? text : null),
  message: () => "There is no such session.",
};

/** The id of a user. */
export const USER_ID: Rule = { ...HANDLE, message: () => "There is no such account." };

/** The token of a link in a mail. */
export const TOKEN: Rule = {
  accept: (text) => (/^[\w-]{43}$/.test(text) ? text : null),
  message: () => "This link is not whole. Open it from the mail once more.",
};

/** Why an administrator does something, in their words. */
export const NOTE: Rule = {
  accept(text) {
    const note = text.normalize("NFC").trim().replace(/\s+/g, " ");
    return note && note.length <= 200 && !CONTROL.test(note) ? note : null;
  },
  message: (text) => (text.trim() ? "Use at most 200 characters, in one line." : "Say why."),
};

export const ROLE: Rule = {
  accept: (text) => (text === "user" || text === "admin" ? text : null),
  message: () => "Choose a role.",
};

const RANGE_OF_ADDRESSES = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** An address, or a range of them in CIDR notation (RFC 4632); nothing, for any. */
export const RANGE: Rule = {
  accept(text) {
    const range = text.trim();
    return range === "" || RANGE_OF_ADDRESSES.safeParse(range).success ? range : null;
  },
  message: () => "This is neither an address nor a range, such as 192.0.2.0/24.",
};

/** A date, with or without a time, in UTC unless it says otherwise; nothing, for any. Comes out as ISO 8601. */
export const MOMENT: Rule = {
  accept(text) {
    const [, date, time, zone] =
      /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text.trim()) ?? [];
    if (text.trim() === "") return "";
    const moment = new Date(`${date}T${time ?? "00:00"}${zone ?? "Z"}`);
    return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
  },
  message: () => "This is not a time, such as 2026-01-31 18:00.",
};

/** A field that may be empty, or missing. */
export const ANYTHING: Rule = { accept: (text) => text, message: () => "" };

export type Errors<Name extends string> = Partial<Record<Name | "form", string>>;

/** What was typed, and either what it means or what is wrong with it: field by field, or as a whole. */
export type Parsed<Name extends string> = { typed: Record<Name, string> } & (
  | { fields: Record<Name, string> }
  | { errors: Errors<Name> }
);

/** Reads the fields of a form that was sent. What no form of ours sends is a 400. */
export function parseFields<Name extends string>(form: unknown, rules: Record<Name, Rule>): Parsed<Name> {
  const names = Object.keys(rules) as Name[];
  const sent = readForm(form, names);
  const typed = record(names, (name) => sent?.[name] ?? "");
  if (!sent)
    return { typed, errors: { form: "This form did not arrive as it was sent. Please try again." } as Errors<Name> };

  const accepted = record(names, (name) => rules[name].accept(typed[name]));
  const wrong = names.filter((name) => accepted[name] === null);
  if (wrong.length === 0) return { typed, fields: accepted as Record<Name, string> };
  return { typed, errors: record(wrong, (name) => rules[name].message(typed[name])) as Errors<Name> };
}

function record<Name extends string, Value>(names: Name[], value: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
