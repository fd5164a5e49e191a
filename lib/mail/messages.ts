import { env, MINUTE } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { leadingTo } from "@/lib/http/leading-to";
import { describePlace, sourceOfPlaces } from "@/lib/http/place";
import { describeBrowser } from "@/lib/http/user-agent";
import type { Words } from "@/lib/i18n/words";
import { roundly } from "@/lib/ledger/travel";
import { escaped } from "@/lib/text/escaped";
import type { Incident, RecoveryStep } from "./queue";

/** An email, composed. */
export type Message = { to: string; subject: string; text: string; html: string };

type Content = {
  subject: string;
  paragraphs: string[];
  link?: { label: string; url: string; hint: string };
  /** The source of a place in the text, if its licence asks to be named. */
  source?: { name: string; url: string } | null;
};

/** The email with the link that confirms a new account. */
export function confirmSignUp(words: Words, to: string, token: string, next?: string): Message {
  const { t } = words;
  return message(words, to, {
    subject: t("mail.confirmSubject"),
    // Without the name, because any visitor could have typed any text as the name.
    paragraphs: [t("mail.confirmText")],
    link: {
      label: t("mail.confirmLabel"),
      url: address("/verify-email", token, next),
      hint: t("mail.confirmHint"),
    },
  });
}

/** The email for a person who signs up with an address that already has an account. Only its owner reads this. */
export function alreadySignedUp(words: Words, to: string, next?: string): Message {
  const { t } = words;
  return message(words, to, {
    subject: t("mail.existsSubject"),
    paragraphs: [
      t("mail.existsText"),
      t("mail.existsLogIn", { url: address("/login", undefined, next) }),
      t("mail.existsForgot", { url: address("/forgot-password", undefined, next) }),
      t("mail.notYou"),
    ],
  });
}

/**
 * The email with the link to choose a new password, requested by a visitor or, with `isOrdered`, by
 * an administrator.
 */
export function resetPassword(
  words: Words,
  to: string,
  token: string,
  { isOrdered = false, next }: { isOrdered?: boolean; next?: string } = {},
): Message {
  const { t } = words;
  return message(words, to, {
    subject: t("mail.resetSubject"),
    paragraphs: [isOrdered ? t("mail.resetOrderedText") : t("mail.resetText")],
    link: {
      label: t("mail.resetLabel"),
      url: address("/reset-password", token, next),
      hint: isOrdered ? t("mail.resetOrderedHint") : t("mail.resetHint"),
    },
  });
}

/** The email with the link to choose a password, for the owner of an account that an administrator created. */
export function invite(words: Words, to: string, token: string): Message {
  const { t } = words;
  return message(words, to, {
    subject: t("mail.inviteSubject"),
    paragraphs: [t("mail.inviteText")],
    link: { label: t("mail.inviteLabel"), url: address("/reset-password", token), hint: t("mail.inviteHint") },
  });
}

/** The email for an address without an account, when a visitor requested a new password for it. */
export function noAccount(words: Words, to: string): Message {
  const { t } = words;
  return message(words, to, {
    subject: t("mail.noAccountSubject"),
    paragraphs: [t("mail.noAccountText"), t("mail.notYou")],
  });
}

/** The email for a disabled account, when a visitor requested a new password for it. */
export function accountDisabled(words: Words, to: string): Message {
  const { t } = words;
  return message(words, to, { subject: t("mail.disabledSubject"), paragraphs: [t("mail.disabledText")] });
}

/** The email with the link that moves an account to this address. */
export function confirmNewAddress(words: Words, to: string, token: string): Message {
  const { t } = words;
  return message(words, to, {
    subject: t("mail.newAddressSubject"),
    paragraphs: [t("mail.newAddressText")],
    link: { label: t("mail.newAddressLabel"), url: address("/verify-email", token), hint: t("mail.newAddressHint") },
  });
}

/** The email for the owner of an address to which another user tried to move an account. */
export function addressTaken(words: Words, to: string): Message {
  const { t } = words;
  return message(words, to, { subject: t("mail.takenSubject"), paragraphs: [t("mail.takenText")] });
}

/**
 * The email about an incident. With a token it has a link that ends the session in which the
 * incident happened, and starts a reset.
 */
export function tellIncident(words: Words, to: string, incident: Incident, token: string | null): Message {
  const { t } = words;
  const { subject, told } = INCIDENTS[incident.about](incident, words);
  const apart = incident.apart ? farApart(incident.apart, words) : null;
  return message(words, to, {
    subject: apart?.subject ?? subject,
    paragraphs: [
      told,
      ...(apart ? [apart.told] : []),
      // An administrator's whereabouts are not for the owner.
      ...(incident.about === "factors-reset" ? [] : [whenAndWhere(incident, words)]),
      ...(token ? [t("mail.wasYou")] : []),
    ],
    source: describePlace(incident.ipAddress, words) ? sourceToName() : null,
    ...(token && {
      link: { label: t("mail.notMeLabel"), url: address("/secure-account", token), hint: t("mail.notMeHint") },
    }),
  });
}

/**
 * An email about a recovery of lost factors. The token confirms it, stops it, or, for "due", ends it; `stop` is then
 * the token that stops it.
 */
export function tellRecovery(
  words: Words,
  to: string,
  step: RecoveryStep,
  { token, stop = null, dueAt, isDisputed }: { token: string; stop?: string | null; dueAt: Date; isDisputed: boolean },
): Message {
  const { t, duration, longMoment } = words;
  const length = duration(env().SECOND_FACTOR_RECOVERY_DELAY);
  return message(words, to, {
    subject: t(`mail.recovery-${step}-subject`),
    paragraphs: [
      step === "confirm"
        ? t("mail.recovery-confirm-text", { length })
        : t(isDisputed ? `mail.disputed-${step}-text` : `mail.recovery-${step}-text`, { time: longMoment(dueAt) }),
      ...(stop ? [t(isDisputed ? "mail.disputedStop" : "mail.recoveryStop", { url: address("/recover", stop) })] : []),
    ],
    link: {
      label: t(`mail.recovery-${step}-label`),
      url: address("/recover", token),
      hint: t(`mail.recovery-${step}-hint`),
    },
  });
}

type Told = { subject: string; told: string };

const INCIDENTS: Record<Incident["about"], (incident: Incident, words: Words) => Told> = {
  "new-browser": ({ userAgent, failures = 0 }, words) => ({
    subject: words.t("mail.newBrowserSubject", { browser: describeBrowser(userAgent, words) }),
    told: words.t("mail.newBrowserText", { failures }),
  }),
  "after-failures": ({ failures = 0 }, { t }) => ({
    subject: t("mail.afterFailuresSubject", { failures }),
    told: t("mail.afterFailuresText", { failures }),
  }),
  "far-apart": (_incident, { t }) => ({ subject: t("mail.loggedInText"), told: t("mail.loggedInText") }),
  "password-changed": (_incident, { t }) => ({
    subject: t("mail.passwordChangedSubject"),
    told: t("mail.passwordChangedText"),
  }),
  "email-changed": (_incident, { t }) => ({
    subject: t("mail.emailChangedSubject"),
    told: t("mail.emailChangedText"),
  }),
  stopped: (_incident, { t }) => ({
    subject: t("mail.stoppedSubject"),
    told: t("mail.stoppedText", { url: address("/forgot-password") }),
  }),
  "passkey-copied": (_incident, { t }) => ({
    subject: t("passkeys.mailCopiedSubject"),
    told: t("passkeys.mailCopiedText", { url: address("/account/security") }),
  }),
  copied: ({ hasEnded = false }, { t, duration }) => ({
    subject: t("bindingPage.mailSubject"),
    told: t(hasEnded ? "bindingPage.mailEnded" : "bindingPage.mailText", { length: duration(env().PROOF_LIFETIME) }),
  }),
  replayed: (_incident, { t }) => ({
    subject: t("bindingPage.mailReplayedSubject"),
    told: t("bindingPage.mailReplayedText"),
  }),
  "account-deleted": (_incident, { t }) => ({ subject: t("mail.deletedSubject"), told: t("mail.deletedText") }),
  "app-added": ofFactors,
  "app-removed": ofFactors,
  "passkey-added": ofFactors,
  "passkey-removed": ofFactors,
  "recovery-codes-renewed": ofFactors,
  "recovery-codes-removed": ofFactors,
  "recovery-code-used": ofFactors,
  "wrong-codes": ({ failures = 0 }, { t }) => ({
    subject: t("mail.wrong-codes-subject"),
    told: t("mail.wrong-codes-text", { failures }),
  }),
  "code-stopped": ofFactors,
  "recovery-cancelled": ofFactors,
  "factors-recovered": ofFactors,
  "factors-reset": ({ note = "" }, { t }) => ({
    subject: t("mail.factors-reset-subject"),
    told: t("mail.factors-reset-text", { url: address("/account/security"), note }),
  }),
};

/** A change of the second factor. */
function ofFactors({ about, left = 0 }: Incident, { t }: Words): Told {
  const known = FACTOR_INCIDENTS.find((name) => name === about) ?? "app-added";
  const url = address("/account/security");
  return { subject: t(`mail.${known}-subject`), told: t(`mail.${known}-text`, { left, url }) };
}

const FACTOR_INCIDENTS = [
  ...(["app-added", "app-removed", "passkey-added", "passkey-removed"] as const),
  ...(["recovery-codes-renewed", "recovery-codes-removed", "recovery-code-used", "code-stopped"] as const),
  ...(["recovery-cancelled", "factors-recovered"] as const),
] satisfies Incident["about"][];

/** That the account was used too far away shortly before. Comes on top of what else is unusual about a log-in. */
function farApart({ from, kilometres, minutes }: NonNullable<Incident["apart"]>, words: Words): Told {
  const { t, duration } = words;
  const there = describePlace(from, words) ?? from;
  const values = { kilometres: roundly(kilometres), length: duration(minutes * MINUTE) };
  return { subject: t("mail.farApartSubject", values), told: t("mail.farApartText", { ...values, there }) };
}

function whenAndWhere({ at, userAgent, ipAddress }: { at: string } & Client, words: Words): string {
  const { t, longMoment } = words;
  return t("mail.whenAndWhere", {
    when: longMoment(new Date(at)),
    browser: describeBrowser(userAgent, words),
    address: ipAddress ? nearby(ipAddress, words) : t("mail.unknownAddress"),
  });
}

/** An address with its place, if that is known. */
function nearby(address: string, words: Words): string {
  const place = describePlace(address, words);
  return place ? words.t("mail.near", { address, place }) : address;
}

function sourceToName(): Content["source"] {
  const source = sourceOfPlaces();
  return source === "unnamed" ? null : source;
}

function address(path: string, token?: string, next?: string): string {
  const query = token ? `${path}?token=${token}` : path;
  return new URL(next ? leadingTo(query, next) : query, env().APP_URL).href;
}

/** Composes an email, in plain text and in HTML. Mail programs drop the `html` element, so the body has its own `lang`. */
function message(words: Words, to: string, { subject, paragraphs, link, source }: Content): Message {
  const { t, locale, dir } = words;
  const { APP_URL, PRODUCT_NAME } = env();
  const { host } = APP_URL;
  const text = [
    ...paragraphs,
    ...(link ? [`${link.label}:\n${link.url}`, link.hint] : []),
    `--\n${t("mail.signature", { host })}${source ? `\n${source.name}: ${source.url}` : ""}`,
  ].join("\n\n");

  const html = `<!doctype html>
<html lang="${locale}" dir="${dir}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escaped(subject)}</title></head>
<body style="margin:0;padding:32px 16px;font:16px/1.6 system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;word-break:keep-all;overflow-wrap:break-word">
<div lang="${locale}" dir="${dir}" style="max-width:480px;margin:0 auto">
<p style="margin:0 0 24px;font-weight:600">${escaped(PRODUCT_NAME)}</p>
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${escaped(subject)}</h1>
${paragraphs.map((paragraph) => `<p style="margin:0 0 16px">${withLinks(escaped(paragraph))}</p>`).join("\n")}
${
  link
    ? `<p style="margin:24px 0"><a href="${escaped(link.url)}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1c1a17;color:#fafaf9;text-decoration:none;font-weight:600">${escaped(link.label)}</a></p>
<p style="margin:0 0 16px;font-size:14px;opacity:.75">${escaped(link.hint)}</p>
<p style="margin:0 0 16px;font-size:14px;opacity:.75">${escaped(t("mail.noButton"))}<br><a href="${escaped(link.url)}" style="color:inherit;word-break:break-all">${escaped(link.url)}</a></p>`
    : ""
}
<p style="margin:32px 0 0;font-size:14px;opacity:.75">${escaped(t("mail.sentBy", { host }))}${source ? `<br><a href="${escaped(source.url)}" style="color:inherit">${escaped(source.name)}</a>` : ""}</p>
</div></body></html>
`;
  return { to, subject, text: `${text}\n`, html };
}

/** Turns our own URLs in a text into links. */
function withLinks(html: string): string {
  const { origin } = env().APP_URL;
  return html
    .split(" ")
    .map((word) =>
      word.startsWith(`${origin}/`) ? `<a href="${word}" style="color:inherit;word-break:break-all">${word}</a>` : word,
    )
    .join(" ");
}
