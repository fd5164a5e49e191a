import type { Ask } from "../fire";
import type { Server } from "../server";

/** A server to be measured, and how to use it. */
export type Target = Server & {
  name: TargetName;
  title: string;
  /** The process of the Redis that answers its look-ups, if one does. */
  redis?: number;
  /** Logs in as a user would, and returns the `Cookie` header. */
  signIn(): Promise<string>;
  /** What software requests to learn who is logged in; by default `GET /api/session`. */
  whoIs?: Pick<Ask, "path" | "headers">;
  /** A private page, and the status of its response without a session. */
  anonymous: { path: string; status: number };
  /** Requests that log in, each from another address, to one account after another. Null if the target has no log-in. */
  logIns: null | ((count: number) => Promise<{ asks: Ask[]; status: number }>);
};

export type TargetName =
  | "node"
  | "bare"
  | "latchkey"
  | "latchkey-verify"
  | "latchkey-threadless"
  | "latchkey-redis"
  | "better-auth"
  | "better-auth-cached"
  | "next-auth-jwt"
  | "next-auth-database"
  | "express-session";

/** The targets with private pages. */
export const PRIVATE: TargetName[] = [
  "bare",
  "latchkey",
  "better-auth",
  "better-auth-cached",
  "next-auth-jwt",
  "next-auth-database",
  "express-session",
];

/** The targets that tell software who is logged in. */
export const TELLING: TargetName[] = ["node", ...PRIVATE, "latchkey-verify"];

/** The targets with a password log-in. */
export const LOGGING_IN: TargetName[] = ["latchkey", "better-auth", "next-auth-jwt", "express-session"];

/** What a peer needs to start. */
export type Surroundings = {
  /** The peer's own, empty database. The peer creates the tables of its schema.sql there. */
  database: string;
  /** The files from bench/markup.ts: the elements of our dashboard, and the page as HTML. */
  markup: { tree: string; page: string };
};

/** The number of accounts for log-ins. */
export const ACCOUNTS = 100;
export const PASSWORD = "violet tuesday kettle mango";

export function emailOf(account: number): string {
  return `bench${account % ACCOUNTS}@example.com`;
}

/** The cookies that a response sets, as a `Cookie` header. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}
