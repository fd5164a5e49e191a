import type { Ask } from "../fire";
import type { Server } from "../server";

/** A server to be measured, and how to use it. */
export type Target = Server & {
  name: TargetName;
  title: string;
  /** Logs somebody in, as a person would, and returns their `Cookie` header. */
  signIn(): Promise<string>;
  /** A private page, and how it refuses whoever is signed out. */
  anonymous: { path: string; status: number };
  /** Log-ins that succeed, each from another address and into another account in turn; null where nobody can log in. */
  logIns: null | ((count: number) => Promise<{ asks: Ask[]; status: number }>);
};

export type TargetName =
  | "bare"
  | "latchkey"
  | "latchkey-threadless"
  | "better-auth"
  | "better-auth-cached"
  | "next-auth-jwt"
  | "next-auth-database"
  | "express-session";

/** All that can be signed in to. */
export const PRIVATE: TargetName[] = [
  "bare",
  "latchkey",
  "better-auth",
  "better-auth-cached",
  "next-auth-jwt",
  "next-auth-database",
  "express-session",
];

/** Those that take a password. */
export const LOGGING_IN: TargetName[] = ["latchkey", "better-auth", "next-auth-jwt", "express-session"];

/** What a target is started with. */
export type Surroundings = {
  /** An empty database of its own, which has the tables of its schema.sql. */
  database: string;
  /** The files of bench/markup.ts: the elements of our dashboard, and the page as text. */
  markup: { tree: string; page: string };
};

/** Accounts that the log-ins are spread over. */
export const ACCOUNTS = 100;
export const PASSWORD = "violet tuesday kettle mango";

export function emailOf(account: number): string {
  return `bench${account % ACCOUNTS}@example.com`;
}

/** The cookies that an answer sets, as a `Cookie` header. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}
