// The schemas of the API's responses. The types of routes and pages, and the OpenAPI description,
// are made from them.
//
// Client code imports only types from here, never a schema: zod would add 26 kB compressed to every page
// (zod/mini 7 kB), only to check what our own server sent.

import { z } from "zod";
import { AMR } from "@/lib/session/amr";
import { END_REASONS } from "@/lib/session/ending";

// Formats are only named. zod's own types (z.email() …) would add patterns that are narrower than our responses.
const TIME = z.string().meta({ format: "date-time" });
const UUID = z.string().meta({ format: "uuid" });
const ADDRESS = z.string().nullable().describe("An IP address.");
const PLACE = z
  .strictObject({
    name: z.string().describe("In the language of the account."),
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
  })
  .nullable()
  .describe("Where the address is, approximately. Null without a database of places, or if it is unknown.");
const HANDLE = UUID.describe("The public name of a session. It reveals nothing about the session's token.");

const BOUND_AT = TIME.nullable().describe(
  "Since when the session is bound to the device that logged in. Null: it is not, and its cookie works elsewhere, too.",
);

const USER = z.strictObject({
  id: UUID.describe("Never reused for another user, unlike an email address."),
  email: z.string().meta({ format: "email" }),
  name: z.string(),
  role: z.enum(["user", "admin"]),
});

const SESSION = z.strictObject({
  handle: HANDLE,
  name: z.string().nullable().describe("The user's name for this browser."),
  publicComputer: z.boolean(),
  demonstration: z.boolean().describe("Whether the user started it to see that a copied cookie can be refused."),
  userAgent: z.string().nullable().describe("As sent by the browser, unverified."),
  ipAddress: ADDRESS,
  lastIpAddress: ADDRESS,
  amr: z.array(z.enum(AMR)).describe("How the user proved who they are (RFC 8176)."),
  level: z.literal([1, 2]).describe("The number of factors of that proof."),
  confirmedAt: TIME.describe("When the user last proved who they are."),
  confirmedUntil: TIME.describe("Until when that counts as recent."),
  createdAt: TIME,
  lastSeenAt: TIME,
  boundAt: BOUND_AT,
  idleAt: TIME.describe("When the session ends if it is not used again (idle timeout)."),
  totalAt: TIME.describe("When the session ends in any case (absolute timeout)."),
});

const LISTED_SESSION = z.strictObject({
  handle: HANDLE,
  isThis: z.boolean().describe("Whether this is the session of the request."),
  name: z.string().nullable(),
  browser: z.string(),
  system: z.string().nullable(),
  device: z.enum(["computer", "phone", "tablet", "other"]),
  publicComputer: z.boolean(),
  firstAddress: ADDRESS,
  lastAddress: ADDRESS,
  firstPlace: PLACE,
  lastPlace: PLACE,
  proof: z.string().describe("How the user proved who they are, in words."),
  level: z.literal([1, 2]).describe("The number of factors of that proof."),
  since: TIME,
  lastSeen: TIME,
  confirmedAt: TIME,
  confirmedUntil: TIME.nullable(),
  boundAt: BOUND_AT,
  isBindable: z.boolean().describe("Whether the server binds sessions to devices whose browsers can do it."),
  idleAt: TIME,
  totalAt: TIME,
  why: z.string().describe("Why the session is still valid, as a sentence."),
});

const DEVICE = LISTED_SESSION.extend({
  hasPage: z.boolean().describe("Whether a page of this session is open and connected to the event stream."),
});

const ENDED_SESSION = z.strictObject({
  id: z.string().describe("The ledger line about the end."),
  at: TIME,
  kind: z.enum(["sign-ins", "failures", "endings", "changes"]),
  event: z.string(),
  reason: z.string().nullable().describe("How the session ended, as a code."),
  what: z.string().describe("What happened, in words."),
  by: z.enum(["you", "somebody", "somebody else", "an administrator", "Latchkey"]),
  note: z.string().nullable().describe("The reason that an administrator gave."),
  browser: z.string().nullable(),
  system: z.string().nullable(),
  address: ADDRESS,
});

const NOTICE = z.strictObject({
  id: z.string().describe("The latest ledger line that the notice covers."),
  first: z.string().describe("The oldest one."),
  kind: z.enum([
    "failures",
    "log-in",
    "far-apart",
    "copied",
    "replayed",
    "password",
    "email",
    "role",
    "factor",
    "recovery-code",
    "passkey-copied",
  ]),
  count: z.int().min(1).describe("The number of events: failed log-ins are one notice."),
  at: TIME,
  browser: z.string().nullable(),
  ipAddress: ADDRESS,
  place: PLACE,
  apart: z
    .strictObject({ kilometres: z.int(), minutes: z.int() })
    .nullable()
    .describe("For `far-apart`: how far from there the account was used before, and how long before."),
});

const PASSKEY = z.strictObject({
  id: z.string().describe("The id of its credential, in base64url (WebAuthn)."),
  name: z.string(),
  synced: z.boolean().describe("Whether it is synced to other devices of its owner."),
  browser: z.string().describe("The browser in which it was added."),
  address: ADDRESS,
  place: PLACE,
  createdAt: TIME,
  lastUsedAt: TIME.nullable(),
});

const PASSKEY_CHALLENGE = z.strictObject({
  options: z
    .strictObject({
      rpId: z.string(),
      challenge: z.string().describe("256 random bits in base64url, for one response within five minutes."),
      timeout: z.int().describe("In milliseconds."),
      userVerification: z.literal("required"),
      allowCredentials: z.array(z.never()).max(0).describe("Always empty: any passkey of this site will do."),
    })
    .nullable()
    .describe("PublicKeyCredentialRequestOptionsJSON (WebAuthn). Null if this browser keeps no cookies."),
});

const PROBLEM = z.strictObject({
  status: z.int().min(400).max(599),
  title: z.string().describe("The kind of problem."),
  detail: z.string().describe("What happened in this case."),
  reason: z
    .enum([...END_REASONS, "unproven"])
    .describe(
      "How the session ended. `unproven`: it goes on, but the client did not show that it has the key of the device to which the session is bound. Only sent to a client that has the session's cookie.",
    )
    .optional(),
  endedAt: TIME.optional(),
  lifetime: z.number().describe("For `idle` and `expired`: the lifetime that was exceeded, in seconds.").optional(),
});

const SESSION_ANSWER = z.strictObject({ user: USER, session: SESSION, now: TIME });
const COPY_ANSWER = z.strictObject({
  cookie: z.strictObject({
    name: z.string(),
    start: z.string().describe("The first characters of its value."),
    length: z.int().describe("The number of characters of its value."),
  }),
  row: SESSION.pick({ handle: true, createdAt: true, lastSeenAt: true, totalAt: true }),
});
const SESSIONS_ANSWER = z.strictObject({ sessions: z.array(LISTED_SESSION), now: TIME });
const DEVICES_ANSWER = z.strictObject({ sessions: z.array(DEVICE), ended: z.array(ENDED_SESSION), now: TIME });
const NOTICES_ANSWER = z.array(NOTICE);
const PASSKEYS_ANSWER = z.strictObject({ passkeys: z.array(PASSKEY), now: TIME });
const RECEIPT_ANSWER = z.strictObject({
  pages: z.int().min(0).describe("The number of pages that were open and connected."),
  blank: z.int().min(0).describe("The number of these pages that have confirmed that they are blank."),
  after: z.int().min(0).describe("How long the last of them took, in milliseconds."),
  isComplete: z.boolean().describe("Whether every instance has answered. If not, there may be more pages."),
});

const RECOVERY_ANSWER = z.strictObject({
  recovery: z
    .strictObject({
      dueAt: TIME.describe("When its delay is over. After that, a link in an email can end it."),
      isDisputed: z.boolean().describe("Whether it began because every factor was denied in an email."),
    })
    .nullable(),
});

/** The schemas, keyed by their names in the OpenAPI description. */
export const SCHEMAS = {
  User: USER,
  Session: SESSION,
  ListedSession: LISTED_SESSION,
  Device: DEVICE,
  EndedSession: ENDED_SESSION,
  Notice: NOTICE,
  Passkey: PASSKEY,
  Problem: PROBLEM,
  SessionAnswer: SESSION_ANSWER,
  CopyAnswer: COPY_ANSWER,
  SessionsAnswer: SESSIONS_ANSWER,
  DevicesAnswer: DEVICES_ANSWER,
  NoticesAnswer: NOTICES_ANSWER,
  PasskeyChallenge: PASSKEY_CHALLENGE,
  PasskeysAnswer: PASSKEYS_ANSWER,
  ReceiptAnswer: RECEIPT_ANSWER,
  RecoveryAnswer: RECOVERY_ANSWER,
};

/** The successful responses of operations that need a session, by path. */
export type Answers = {
  "/api/session": z.infer<typeof SESSION_ANSWER>;
  "/api/session/copy": z.infer<typeof COPY_ANSWER>;
  "/api/sessions": z.infer<typeof SESSIONS_ANSWER>;
  "/api/devices": z.infer<typeof DEVICES_ANSWER>;
  "/api/notices": z.infer<typeof NOTICES_ANSWER>;
  "/api/passkeys": z.infer<typeof PASSKEYS_ANSWER>;
  "/api/receipt": z.infer<typeof RECEIPT_ANSWER>;
  "/api/recovery": z.infer<typeof RECOVERY_ANSWER>;
};

/** The response of the log-in page's question for a passkey. It has the options of `lib/auth/passkeys/ceremonies`. */
export type PasskeyChallenge = { options: object | null };

/** An error response (RFC 9457). */
export type Problem = z.infer<typeof PROBLEM>;

/** A response before serialisation to JSON, which turns dates into strings. */
export type Unsent<Answer> = string extends Answer ? Answer | Date : { [Key in keyof Answer]: Unsent<Answer[Key]> };
