// The peers and the limit, each set up as its documentation shows: bench/peers.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import bcrypt from "bcryptjs";
import { withConnection } from "@/testing/copy-database";
import { fromSomewhere } from "@/testing/post-action";
import type { Ask } from "../fire";
import { type Peer, prepare, startPeer } from "../peers";
import { startServer } from "../server";
import { ACCOUNTS, cookiesOf, emailOf, PASSWORD, type Surroundings, type Target } from "./target";

/** The bcrypt cost, the same as for Latchkey. */
const COST = 10;

/** The limit: the cost of Next.js itself, without authentication. */
/** Node.js alone: the least that a response can cost. */
export async function node(): Promise<Target> {
  return {
    ...(await startServer({
      name: "node",
      folder: "bench/peers/node",
      args: () => ["server.js"],
      settings: () => ({}),
    })),
    name: "node",
    title: "Node.js alone (no log-in)",
    signIn: async () => `session=${"x".repeat(230)}`,
    // It has no pages.
    anonymous: { path: "/api/session", status: 200 },
    logIns: null,
  };
}

export async function bare({ markup }: Surroundings): Promise<Target> {
  await prepare("bare");
  return {
    ...(await startPeer("bare", "bare", { MARKUP: markup.tree })),
    name: "bare",
    title: "the limit (no log-in)",
    // Sent like the others' cookies, but never checked.
    signIn: async () => `session=${"x".repeat(230)}`,
    anonymous: { path: "/private", status: 307 },
    logIns: null,
  };
}

export const betterAuth = (environment: Surroundings) =>
  startBetterAuth(environment, { name: "better-auth", title: "better-auth", COOKIE_CACHE: "off" });

export const betterAuthCached = (environment: Surroundings) =>
  startBetterAuth(environment, { name: "better-auth-cached", title: "better-auth, cookie cache", COOKIE_CACHE: "on" });

type BetterAuthKind = Pick<Target, "name" | "title"> & { COOKIE_CACHE: string };

async function startBetterAuth(
  { database, markup }: Surroundings,
  { name, title, COOKIE_CACHE }: BetterAuthKind,
): Promise<Target> {
  await createTables("better-auth", database);
  const server = await startPeer("better-auth", name, { DATABASE_URL: database, MARKUP: markup.tree, COOKIE_CACHE });
  const ask = (path: string, content: object): Ask => ({
    method: "POST",
    path: `/api/auth/${path}`,
    headers: { "Content-Type": "application/json", Origin: server.url, ...fromSomewhere() },
    body: JSON.stringify(content),
  });
  const signUp = (email: string) =>
    post(server.url, ask("sign-up/email", { name: "Bench", email, password: PASSWORD }));

  // Sign up one account, then copy it: all copies have its password.
  await signUp(emailOf(0));
  await query(
    database,
    `INSERT INTO "user" (id, name, email, "emailVerified")
     SELECT 'bench' || n, 'Bench', 'bench' || n || '@example.com', false FROM generate_series(1, ${ACCOUNTS - 1}) n;
     INSERT INTO account (id, "accountId", "providerId", "userId", password, "updatedAt")
     SELECT 'bench' || n, 'bench' || n, 'credential', 'bench' || n, password, now() FROM generate_series(1, ${ACCOUNTS - 1}) n, account`,
  );
  return {
    ...server,
    name,
    title,
    signIn: async () => cookiesOf(await signUp(`${randomUUID()}@example.com`)),
    anonymous: { path: "/private", status: 307 },
    logIns: spreadOver((email) => ask("sign-in/email", { email, password: PASSWORD }), 200),
  };
}

export async function nextAuthJwt({ database, markup }: Surroundings): Promise<Target> {
  await createTables("next-auth", database);
  await createAccounts(database);
  const settings = { DATABASE_URL: database, MARKUP: markup.tree, SESSIONS: "jwt" };
  const server = await startPeer("next-auth", "next-auth-jwt", settings);
  const csrf = await fetch(`${server.url}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const cookie = cookiesOf(csrf);
  const ask = (email: string) =>
    postForm("/api/auth/callback/credentials", { email, password: PASSWORD, csrfToken }, { cookie });

  return {
    ...server,
    name: "next-auth-jwt",
    title: "next-auth, JWT",
    signIn: async () => cookiesOf(await post(server.url, ask(emailOf(0)))),
    anonymous: { path: "/private", status: 307 },
    logIns: spreadOver(ask, 302),
  };
}

/** Its middleware reads only JWTs, so the page itself redirects. It supports no log-in with a password. */
export async function nextAuthDatabase({ database, markup }: Surroundings): Promise<Target> {
  await createTables("next-auth", database);
  await createAccounts(database);
  const settings = { DATABASE_URL: database, MARKUP: markup.tree, SESSIONS: "database" };
  return {
    ...(await startPeer("next-auth", "next-auth-database", settings)),
    name: "next-auth-database",
    title: "next-auth, database",
    async signIn() {
      const token = randomUUID();
      await query(
        database,
        `INSERT INTO sessions ("userId", expires, "sessionToken")
         SELECT id, now() + interval '30 days', '${token}' FROM users WHERE email = '${emailOf(0)}'`,
      );
      return `next-auth.session-token=${token}`;
    },
    anonymous: { path: "/dashboard", status: 307 },
    logIns: null,
  };
}

/** Its page is a text in which two placeholders are replaced, so it does not have React's costs. */
export async function expressSession({ database, markup }: Surroundings): Promise<Target> {
  await createTables("express-session", database);
  await createAccounts(database);
  const server = await startPeer("express-session", "express-session", { DATABASE_URL: database, PAGE: markup.page });
  const ask = (email: string) => postForm("/login", { email, password: PASSWORD });

  return {
    ...server,
    name: "express-session",
    title: "express-session",
    signIn: async () => cookiesOf(await post(server.url, ask(emailOf(0)))),
    anonymous: { path: "/dashboard", status: 307 },
    logIns: spreadOver(ask, 303),
  };
}

async function createTables(peer: Peer, database: string): Promise<void> {
  await prepare(peer);
  await query(database, readFileSync(`bench/peers/${peer}/schema.sql`, "utf8"));
}

/** Creates the accounts, for peers that leave password storage to the application. */
async function createAccounts(database: string): Promise<void> {
  const hash = await bcrypt.hash(PASSWORD, COST);
  await query(
    database,
    `INSERT INTO users (name, email, password_hash)
     SELECT 'Bench', 'bench' || n || '@example.com', '${hash}' FROM generate_series(0, ${ACCOUNTS - 1}) n`,
  );
}

async function query(database: string, sql: string): Promise<void> {
  await withConnection(database, (client) => client.query(sql));
}

/** Log-ins to one account after another, from a random first one. */
function spreadOver(ask: (email: string) => Ask, status: number): Target["logIns"] {
  return async (count) => {
    const first = Math.floor(Math.random() * ACCOUNTS);
    return { asks: Array.from({ length: count }, (_, index) => ask(emailOf(first + index))), status };
  };
}

function postForm(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Ask {
  const body = new URLSearchParams(fields).toString();
  return {
    method: "POST",
    path,
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    body,
  };
}

async function post(url: string, { path, headers, body }: Ask): Promise<Response> {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { ...headers },
    body: String(body),
    redirect: "manual",
  });
  if (answer.status >= 400) throw new Error(`${path} responded with ${answer.status}: ${await answer.text()}`);
  return answer;
}
