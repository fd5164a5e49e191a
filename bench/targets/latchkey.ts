// Latchkey, as `npm run build` builds it.

import { randomUUID } from "node:crypto";
import { hashPassword } from "@/lib/password/hash";
import { createUser } from "@/lib/users/store";
import { cookieName } from "@/testing/cookie-name";
import { fromSomewhere } from "@/testing/post-action";
import type { TestRedis } from "@/testing/redis";
import type { Ask } from "../fire";
import { type Server, startServer } from "../server";
import { ACCOUNTS, cookiesOf, emailOf, PASSWORD, type Target } from "./target";

/** The browsers that a user logs in from, so that the dashboard has several sessions to show. */
const BROWSERS = [
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
];

/** Serves Latchkey with the settings from the environment and these. */
export function startLatchkey(settings: Record<string, string> = {}, name = "latchkey"): Promise<Server> {
  return startServer({
    name,
    args: () => ["cli/main.mjs", "serve"],
    // The peers log no requests either.
    settings: (port) => ({ APP_URL: `http://localhost:${port}`, LOG_LEVEL: "warn", ...settings }),
  });
}

/** Serves Latchkey, and creates the accounts for log-ins in this process's database. */
export async function latchkey(): Promise<Target> {
  const passwordHash = await hashPassword(PASSWORD);
  for (let account = 0; account < ACCOUNTS; account++)
    await createUser({ email: emailOf(account), name: "Bench", passwordHash, role: "user" });
  return targetOf(await startLatchkey(), "latchkey", "Latchkey");
}

/** The same server, asked by a proxy about a request to an application. */
export function latchkeyVerify(latchkey: Target): Target {
  const original = { Method: "GET", Proto: "https", Host: "app.example.com", Uri: "/" };
  const headers = Object.fromEntries(Object.entries(original).map(([name, value]) => [`X-Forwarded-${name}`, value]));
  return {
    ...latchkey,
    name: "latchkey-verify",
    title: "Latchkey, /api/verify",
    whoIs: { path: "/api/verify", headers },
  };
}

/** Serves Latchkey with passwords hashed in the server's own thread. It uses the same accounts. */
export async function latchkeyThreadless(): Promise<Target> {
  const server = await startLatchkey({ PASSWORD_THREADS: "0" }, "latchkey-threadless");
  return targetOf(server, "latchkey-threadless", "Latchkey, no threads");
}

/** Serves Latchkey with look-ups that this Redis answers. It uses the same accounts. */
export async function latchkeyRedis({ url, pid }: TestRedis): Promise<Target> {
  const server = await startLatchkey({ SESSION_STORE: "redis", REDIS_URL: url }, "latchkey-redis");
  return { ...targetOf(server, "latchkey-redis", "Latchkey, Redis"), redis: pid };
}

function targetOf(server: Server, name: Target["name"], title: string): Target {
  return {
    ...server,
    name,
    title,
    signIn: () => signIn(server.url),
    anonymous: { path: "/dashboard", status: 307 },
    logIns: (count) => logIns(server.url, count),
  };
}

/** Creates an account and logs in from three browsers. Returns the cookies of the last one. */
async function signIn(url: string): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  await createUser({ email, name: "Bench", passwordHash: await hashPassword(PASSWORD), role: "user" });
  const ask = await logInAsks(url);

  let cookie = "";
  for (const userAgent of BROWSERS) {
    const { path, method, headers, body } = ask(email);
    const answer = await fetch(url + path, {
      method: String(method),
      headers: { ...headers, "User-Agent": userAgent },
      body: String(body),
      redirect: "manual",
    });
    cookie = cookiesOf(answer);
    if (!cookie.includes(`${cookieName(url)}=Fe26`)) throw new Error(`The log-in failed: ${answer.status}`);
  }
  return cookie;
}

async function logIns(url: string, count: number): Promise<{ asks: Ask[]; status: number }> {
  const ask = await logInAsks(url);
  const first = Math.floor(Math.random() * ACCOUNTS);
  return { asks: Array.from({ length: count }, (_, index) => ask(emailOf(first + index))), status: 303 };
}

/** Prepares posts of the log-in form, as a browser without JavaScript sends it. Hidden fields name the action. */
async function logInAsks(url: string): Promise<(email: string) => Ask> {
  const page = await (await fetch(`${url}/login`)).text();
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)];

  return (email) => {
    const fields = hidden.map(([, name = "", value = ""]): [string, string] => [name, value.replaceAll("&quot;", '"')]);
    const body = multipart([...fields, ["email", email], ["password", PASSWORD]]);
    const headers = { Origin: url, "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`, ...fromSomewhere() };
    return { method: "POST", path: "/login", headers, body };
  };
}

const BOUNDARY = "----bench";

/** Encodes fields as multipart/form-data (RFC 7578). */
function multipart(fields: [name: string, value: string][]): string {
  const parts = fields.map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join("")}--${BOUNDARY}--\r\n`;
}
