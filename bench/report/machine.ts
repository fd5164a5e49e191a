import { cpus, totalmem } from "node:os";
import { withClient } from "@/bench/fill";
import { versionsIn } from "../peers";

/** Describes the machine of a run, without its name, and the versions. */
export async function describeMachine(): Promise<Record<string, string>> {
  const { rows } = await withClient((client) => client.query("SHOW server_version"));

  const ours = versionsIn("package.json");
  const peer = (name: string) => versionsIn(`bench/peers/${name}/package.json`);
  return {
    Date: new Date().toISOString().slice(0, 16).replace("T", " "),
    CPU: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    Memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    Node: process.version.slice(1),
    Next: String(ours.next),
    React: String(ours.react),
    Postgres: rows[0].server_version,
    "better-auth": String(peer("better-auth")["better-auth"]),
    "next-auth": String(peer("next-auth")["next-auth"]),
    "express-session": `${peer("express-session")["express-session"]}, connect-pg-simple ${peer("express-session")["connect-pg-simple"]}, Express ${peer("express-session").express}`,
  };
}
