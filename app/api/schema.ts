// What the API answers. The routes' answers and what pages make of them are typed by this,
// and the description is made of it.
//
// A page's script takes types from here and never a schema: zod adds 26 kB to every page, compressed
// (zod/mini 7 kB), to check what our own server says.

import { z } from "zod";
import { END_REASONS } from "@/lib/session/ending";

// A format is named only. zod's own kinds (z.email() and so on) would add patterns that are narrower than what is answered.
const TIME = z.string().meta({ format: "date-time" });
const UUID = z.string().meta({ format: "uuid" });
const ADDRESS = z.string().nullable().describe("An IP address.");
const HANDLE = UUID.describe("Names a session. Says nothing about its secret.");

const USER = z.strictObject({
  id: UUID.describe("Never given to anybody else, unlike an address."),
  email: z.string().meta({ format: "email" }),
  name: z.string(),
  role: z.enum(["user", "admin"]),
});

const SESSION = z.strictObject({
  handle: HANDLE,
  name: z.string().nullable().describe("What its owner calls this browser."),
  publicComputer: z.boolean(),
  userAgent: z.string().nullable().describe("As the browser claims."),
  ipAddress: ADDRESS,
  lastIpAddress: ADDRESS,
  confirmedAt: TIME.describe("When the password was entered last."),
  confirmedUntil: TIME.describe("Until when that counts as recent."),
  createdAt: TIME,
  lastSeenAt: TIME,
  idleAt: TIME.describe("When it ends if it is not used again."),
  totalAt: TIME.describe("When it ends in any case."),
});

const LISTED_SESSION = z.strictObject({
  handle: HANDLE,
  isThis: z.boolean().describe("Whether it is the one that asks."),
  name: z.string().nullable(),
  browser: z.string(),
  system: z.string().nullable(),
  device: z.enum(["computer", "phone", "tablet", "other"]),
  publicComputer: z.boolean(),
  firstAddress: ADDRESS,
  lastAddress: ADDRESS,
  since: TIME,
  lastSeen: TIME,
  confirmedAt: TIME,
  confirmedUntil: TIME.nullable(),
  idleAt: TIME,
  totalAt: TIME,
  why: z.string().describe("Why it is valid still, as a sentence."),
});

const OCCASION = z.strictObject({ id: z.string(), at: TIME, browser: z.string().nullable(), ipAddress: ADDRESS });
const CHANGE = OCCASION.extend({ what: z.enum(["password", "email", "role"]) });

const NOTICES = z.strictObject({
  failures: z.strictObject({ count: z.int().min(1), last: TIME }).nullable(),
  signIns: z.array(OCCASION),
  changes: z.array(CHANGE),
  upTo: z.string().describe("Up to which line of the ledger this tells."),
});

const PROBLEM = z.strictObject({
  status: z.int().min(400).max(599),
  title: z.string().describe("What kind of problem it is."),
  detail: z.string().describe("What happened here."),
  reason: z
    .enum(END_REASONS)
    .describe("How the session ended; told to who brings its cookie, and to nobody else.")
    .optional(),
  endedAt: TIME.optional(),
});

const SESSION_ANSWER = z.strictObject({ user: USER, session: SESSION, now: TIME });
const SESSIONS_ANSWER = z.strictObject({ sessions: z.array(LISTED_SESSION), now: TIME });
const NOTICES_ANSWER = NOTICES.nullable();

/** The schemas, by the names that the description has for them. */
export const SCHEMAS = {
  User: USER,
  Session: SESSION,
  ListedSession: LISTED_SESSION,
  Occasion: OCCASION,
  Change: CHANGE,
  Notices: NOTICES,
  Problem: PROBLEM,
  SessionAnswer: SESSION_ANSWER,
  SessionsAnswer: SESSIONS_ANSWER,
  NoticesAnswer: NOTICES_ANSWER,
};

/** What is answered to who is signed in, by where it is asked for. */
export type Answers = {
  "/api/session": z.infer<typeof SESSION_ANSWER>;
  "/api/sessions": z.infer<typeof SESSIONS_ANSWER>;
  "/api/notices": z.infer<typeof NOTICES_ANSWER>;
};

/** What is answered instead (RFC 9457). */
export type Problem = z.infer<typeof PROBLEM>;

/** An answer before it is JSON, which makes texts of times. */
export type Unsent<Answer> = string extends Answer ? Answer | Date : { [Key in keyof Answer]: Unsent<Answer[Key]> };
