// Installs, builds and serves the applications in bench/peers.

import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { step, UserError } from "@/lib/terminal";
import { startProgram } from "./programs";
import { type Server, startServer } from "./server";

export type Peer = "bare" | "better-auth" | "next-auth" | "express-session";

const NEXT = "node_modules/next/dist/bin/next";

/** Whether a peer is a Next.js application. Other peers need no build. */
function isNext(peer: Peer): boolean {
  return peer !== "express-session";
}

/** Installs and builds a peer, if its lock file or sources have changed since. */
export async function prepare(peer: Peer): Promise<void> {
  requireSameVersions(peer);
  const folder = `bench/peers/${peer}`;
  if (timeOf(`${folder}/node_modules/.package-lock.json`) < timeOf(`${folder}/package-lock.json`))
    await step(`${peer} installed`, () => run(folder, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]));
  if (isNext(peer) && timeOf(`${folder}/.next/BUILD_ID`) < newestSource(folder))
    await step(`${peer} built`, () => run(folder, process.execPath, [NEXT, "build"]));
}

/** Serves a peer with these settings. `name` distinguishes servers of the same folder. */
export function startPeer(peer: Peer, name: string, settings: Record<string, string>): Promise<Server> {
  return startServer({
    name,
    folder: `bench/peers/${peer}`,
    args: (port) => (isNext(peer) ? [NEXT, "start", "--hostname", "127.0.0.1", "--port", port] : ["server.js"]),
    settings: (port) => ({
      SECRET: "a secret for measuring and for nothing else",
      NEXTAUTH_SECRET: "a secret for measuring and for nothing else",
      APP_URL: `http://127.0.0.1:${port}`,
      NEXTAUTH_URL: `http://127.0.0.1:${port}`,
      ...settings,
    }),
  });
}

/** Requires our versions of Next.js, React, pg and bcryptjs. With others, the comparison would measure those packages. */
function requireSameVersions(peer: Peer): void {
  const ours = versionsIn("package.json");
  const its = versionsIn(`bench/peers/${peer}/package.json`);
  for (const name of ["next", "react", "react-dom", "pg", "bcryptjs"]) {
    if (its[name] && its[name] !== ours[name])
      throw new UserError(
        `bench/peers/${peer} uses ${name} ${its[name]}, but Latchkey uses ${ours[name]}. Install the same version in both.`,
      );
  }
}

export function versionsIn(path: string): Record<string, string> {
  return JSON.parse(readFileSync(path, "utf8")).dependencies;
}

async function run(folder: string, command: string, args: string[]): Promise<void> {
  // Placeholders for the build. The server gets other values.
  const settings = { DATABASE_URL: "postgresql://localhost/later", APP_URL: "http://localhost", SESSIONS: "jwt" };
  const secrets = {
    SECRET: "for the build and for nothing else",
    NEXTAUTH_SECRET: "for the build and for nothing else",
  };
  const child = startProgram(command, args, {
    cwd: folder,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...settings, ...secrets },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new UserError(`${command} ${args.join(" ")} failed in ${folder}.\n\n${said}`);
}

/** When a file was last changed, in milliseconds since 1970. 0 if it does not exist. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestSource(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => !/^(node_modules|\.next)(\/|$)/.test(path),
  );
  return Math.max(...files.map((path) => timeOf(join(folder, path))));
}
