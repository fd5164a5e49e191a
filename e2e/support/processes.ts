import { readdirSync, readFileSync } from "node:fs";

export type Process = { pid: number; parent: number; command: string };

/** All processes of this machine that have not ended. Reads /proc, so only on Linux. */
export function listProcesses(): Process[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      // proc(5): the name in brackets, then the state and the parent.
      const [, state, parent] = /^\d+ \(.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return state && state !== "Z" ? [{ pid: Number(pid), parent: Number(parent), command }] : [];
    } catch {
      return [];
    }
  });
}

/** The children of a process, their children, and so on. */
export function descendantsOf(pid: number, all = listProcesses()): Process[] {
  const children = all.filter(({ parent }) => parent === pid);
  return [...children, ...children.flatMap((child) => descendantsOf(child.pid, all))];
}
