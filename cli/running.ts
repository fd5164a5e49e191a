// Which process serves this folder with the embedded Postgres, and at which URL.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { UserError } from "@/lib/terminal";

type Running = { pid: number; url: string };

/** Records that this process serves `folder` at `url`. Returns a function that removes the record. Throws a UserError when another process does. */
export function claimFolder(folder: string, url: string): () => void {
  const other = findRunning(folder);
  // In a container, the previous process may have had our process id.
  if (other && other.pid !== process.pid)
    throw new UserError(
      `Latchkey is already running in this folder: ${other.url} (process ${other.pid}). To stop it: kill ${other.pid}`,
    );
  const own: Running = { pid: process.pid, url };
  writeFileSync(recordIn(folder), JSON.stringify(own), { mode: 0o600 });
  return () => rmSync(recordIn(folder), { force: true });
}

/** The process that serves `folder`, or null if none does. */
export function findRunning(folder: string): Running | null {
  try {
    const running: Running = JSON.parse(readFileSync(recordIn(folder), "utf8"));
    return isRunning(running.pid) ? running : null;
  } catch {
    // The file is missing or incomplete.
    return null;
  }
}

function recordIn(folder: string): string {
  return `${folder}/running.json`;
}

/** Whether the process is alive. Its command shows whether another program has the same process id now. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self/cmdline") || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("main.mjs");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
