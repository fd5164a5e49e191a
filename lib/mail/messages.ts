import { env } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { leadingTo } from "@/lib/http/leading-to";
import { describeBrowser } from "@/lib/http/user-agent";
import { escaped } from "@/lib/text/escaped";
import { ENGLISH } from "@/lib/words";
import type { Incident } from "./queue";

/** An email, composed. */
export type Message = { to: string; subject: string; text: string; html: string };

type Content = {
  subject: string;
  paragraphs: string[];
  link?: { label: string; url: string; hint: string };
};

/** The email with the link that confirms a new account. */
export function confirmSignUp(to: string, token: string, next?: string): Message {
  return message(to, {
    subject: "Confirm your email address",
    paragraphs: [
      // Without the name: any visitor may have typed it, to make this email say anything.
      "Somebody, probably you, made an account with this address. Confirm that it is yours, and the account is ready.",
    ],
    link: {
      label: "Confirm this address",
      url: address("/verify-email", token, next),
      hint: "The link works once, for 24 hours. If it was not you, do nothing: no account is made.",
    },
  });
}

/** The email for a person who signs up with an address that already has an account. Only its owner reads this. */
export function alreadySignedUp(to: string, next?: string): Message {
  return message(to, {
    subject: "You already have an account",
    paragraphs: [
      "Somebody, probably you, wanted to make an account with this address. It has one already, and nothing was changed.",
      `Log in: ${address("/login", undefined, next)}`,
      `If you have forgotten the password, choose a new one: ${address("/forgot-password", undefined, next)}`,
      "If it was not you, there is nothing to do.",
    ],
  });
}

/**
 * The email with the link to choose a new password, requested by a visitor or, with `isOrdered`, by
 * an administrator.
 */
export function resetPassword(
  to: string,
  token: string,
  { isOrdered = false, next }: { isOrdered?: boolean; next?: string } = {},
): Message {
  return message(to, {
    subject: "Choose a new password",
    paragraphs: [
      isOrdered
        ? "An administrator asks you to choose a new password for the account with this address."
        : "Somebody, probably you, asked for a new password for the account with this address.",
    ],
    link: {
      label: "Choose a new password",
      url: address("/reset-password", token, next),
      hint: `The link works once, for 30 minutes. ${isOrdered ? "Afterwards, ask for another by “Forgot your password?”." : "If it was not you, do nothing: your password stays as it is."}`,
    },
  });
}

/** The email with the link to choose a password, for the owner of an account that an administrator created. */
export function invite(to: string, token: string): Message {
  return message(to, {
    subject: "You have an account",
    paragraphs: ["An administrator made an account for you. Choose a password, and it is ready."],
    link: {
      label: "Choose a password",
      url: address("/reset-password", token),
      hint: "The link works once, for 3 days. Afterwards, ask for another by “Forgot your password?”.",
    },
  });
}

/** The email for an address without an account, when a visitor requested a new password for it. */
export function noAccount(to: string): Message {
  return message(to, {
    subject: "There is no account with this address",
    paragraphs: [
      "Somebody, probably you, asked for a new password for the account with this address. There is no such account: you may have used another address.",
      "If it was not you, there is nothing to do.",
    ],
  });
}

/** The email for a disabled account, when a visitor requested a new password for it. */
export function accountDisabled(to: string): Message {
  return message(to, {
    subject: "This account is disabled",
    paragraphs: [
      "Somebody, probably you, asked for a new password for the account with this address. The account is disabled, so a new password would not help. Ask your administrator.",
    ],
  });
}

/** The email with the link that moves an account to this address. */
export function confirmNewAddress(to: string, token: string): Message {
  return message(to, {
    subject: "Confirm your new email address",
    paragraphs: ["Somebody, probably you, wants to log in with this address from now on, in place of another one."],
    link: {
      label: "Use this address",
      url: address("/verify-email", token),
      hint: "The link works once, for 24 hours. If it was not you, do nothing: nothing is changed.",
    },
  });
}

/** The email for the owner of an address to which another user tried to move an account. */
export function addressTaken(to: string): Message {
  return message(to, {
    subject: "This address has an account already",
    paragraphs: [
      "Somebody wanted to move another account to this address. It has an account of its own, and nothing was changed.",
    ],
  });
}

/**
 * The email about an incident. With a token it has a link that ends the session in which the
 * incident happened, and starts a reset.
 */
export function tellIncident(to: string, incident: Incident, token: string | null): Message {
  const { subject, told } = INCIDENTS[incident.about](incident);
  return message(to, {
    subject,
    paragraphs: [told, whenAndWhere(incident), ...(token ? ["If this was you, there is nothing to do."] : [])],
    ...(token && {
      link: {
        label: "This was not me",
        url: address("/secure-account", token),
        hint: "It asks you to confirm, signs every browser out, and lets you choose a new password. It works once, for 7 days.",
      },
    }),
  });
}

const INCIDENTS: Record<Incident["about"], (incident: Incident) => { subject: string; told: string }> = {
  "new-browser": ({ userAgent, failures = 0 }) => ({
    subject: `New sign-in from ${describeBrowser(userAgent, ENGLISH)}`,
    told: `Your account was logged in to from a browser that was not used for it before${
      failures > 0 ? `, after ${tries(failures)}` : ""
    }.`,
  }),
  "after-failures": ({ failures = 0 }) => ({
    subject: `A sign-in after ${tries(failures)}`,
    told: `Your account was logged in to. Before that, somebody failed to: there ${failures === 1 ? "was" : "were"} ${tries(failures)}.`,
  }),
  "password-changed": () => ({
    subject: "Your password was changed",
    told: "The password of your account was changed. Every other browser was signed out.",
  }),
  "email-changed": () => ({
    subject: "Your email address was changed",
    told: "Your account now has another email address, with which it is logged in to. This one no longer works for it.",
  }),
  stopped: () => ({
    subject: "Your password is stopped",
    told: `There were 100 failed attempts in a row to log in to your account. Its password works no more in browsers that you have not used before, until you choose a new one: ${address("/forgot-password")}`,
  }),
  "account-deleted": () => ({
    subject: "Your account was deleted",
    told: "Your account was deleted, with everything that was kept about you.",
  }),
};

function tries(count: number): string {
  return count === 1 ? "1 failed attempt" : `${count} failed attempts`;
}

function whenAndWhere({ at, userAgent, ipAddress }: { at: string } & Client): string {
  const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(
    new Date(at),
  );
  return `${when} UTC · ${describeBrowser(userAgent, ENGLISH)} · ${ipAddress ?? "unknown address"}`;
}

function address(path: string, token?: string, next?: string): string {
  const query = token ? `${path}?token=${token}` : path;
  return new URL(next ? leadingTo(query, next) : query, env().APP_URL).href;
}

/** Composes an email, in plain text and in HTML. */
function message(to: string, { subject, paragraphs, link }: Content): Message {
  const host = env().APP_URL.host;
  const text = [
    ...paragraphs,
    ...(link ? [`${link.label}:\n${link.url}`, link.hint] : []),
    `--\nLatchkey at ${host}`,
  ].join("\n\n");

  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escaped(subject)}</title></head>
<body style="margin:0;padding:32px 16px;font:16px/1.6 system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:480px;margin:0 auto">
<p style="margin:0 0 24px;font-weight:600">Latchkey</p>
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${escaped(subject)}</h1>
${paragraphs.map((paragraph) => `<p style="margin:0 0 16px">${withLinks(escaped(paragraph))}</p>`).join("\n")}
${
  link
    ? `<p style="margin:24px 0"><a href="${escaped(link.url)}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1c1a17;color:#fafaf9;text-decoration:none;font-weight:600">${escaped(link.label)}</a></p>
<p style="margin:0 0 16px;font-size:14px;opacity:.75">${escaped(link.hint)}</p>
<p style="margin:0 0 16px;font-size:14px;opacity:.75">If the button does not work, open this address:<br><a href="${escaped(link.url)}" style="color:inherit;word-break:break-all">${escaped(link.url)}</a></p>`
    : ""
}
<p style="margin:32px 0 0;font-size:14px;opacity:.75">Sent by Latchkey at ${escaped(host)}</p>
</div></body></html>
`;
  return { to, subject, text: `${text}\n`, html };
}

/** Turns our own URLs in a text into links. */
function withLinks(html: string): string {
  const { origin } = env().APP_URL;
  return html
    .split(" ")
    .map((word) => (word.startsWith(`${origin}/`) ? `<a href="${word}" style="color:inherit">${word}</a>` : word))
    .join(" ");
}
