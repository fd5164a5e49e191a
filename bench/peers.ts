// Installs, builds and serves what is in bench/peers.

import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { step, UserError } from "@/lib/terminal";
import { startProgram } from "./programs";
import { type Server, startServer } from "./server";

export type Peer = "bare" | "better-auth" | "next-auth" | "express-session";

const NEXT = "node_modules/next/dist/bin/next";

/** Whether a peer is a Next.js application. The others need no build. */
function isNext(peer: Peer): boolean {
  return peer !== "express-session";
}

/** Installs what a peer's lock file names, and builds it, where that has not been done since it was changed. */
export async function prepare(peer: Peer): Promise<void> {
  requireSameVersions(peer);
  const folder = `bench/peers/${peer}`;
  if (timeOf(`${folder}/node_modules/.package-lock.json`) < timeOf(`${folder}/package-lock.json`))
    await step(`${peer} installed`, () => run(folder, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]));
  if (isNext(peer) && timeOf(`${folder}/.next/BUILD_ID`) < newestSource(folder))
    await step(`${peer} built`, () => run(folder, process.execPath, [NEXT, "build"]));
}

/** Serves a peer with these settings. `name` tells apart those that are served from one folder. */
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

/** A peer on another Next.js, React or pg than ours would measure these. */
function requireSameVersions(peer: Peer): void {
  const ours = versionsIn("package.json");
  const its = versionsIn(`bench/peers/${peer}/package.json`);
  for (const name of ["next", "react", "react-dom", "pg", "bcryptjs"]) {
    if (its[name] && its[name] !== ours[name])
      throw new UserError(`bench/peers/${peer} has ${name} ${its[name]}, and we have ${ours[name]}: make them one.`);
  }
}

export function versionsIn(path: string): Record<string, string> {
  return JSON.parse(readFileSync(path, "utf8")).dependencies;
}

async function run(folder: string, command: string, args: string[]): Promise<void> {
  // What they read while they are built; they are served with others.
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

/** When a file was changed, in milliseconds since 1970; 0 when there is none. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestSource(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => !/^(node_modules|\.next)(\/|$)/.test(path),
  );
  return Math.max(...files.map((path) => timeOf(join(folder, path))));
}
