// Reads the CPU time and memory of processes from Linux's /proc.

import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds per clock tick. Linux counts CPU time in hundredths of a second on all current machines (USER_HZ). */
const TICK = 10;

type Process = { parent: number; own: number; ended: number };

/** The CPU time of a process and all its descendants, including ended ones, in milliseconds. */
export function processorTime(pid: number): number {
  const processes = listProcesses();
  // A child that ended during the reading is counted twice or not at all. Then read again.
  if (readProcess(pid)?.ended !== processes.get(pid)?.ended) return processorTime(pid);

  const total = (id: number): number => {
    const { own, ended } = processes.get(id) ?? { own: 0, ended: 0 };
    const children = [...processes].filter(([, { parent }]) => parent === id);
    return children.reduce((sum, [child]) => sum + total(child), own + ended);
  };
  return total(pid);
}

/** The CPU time of all processes of the machine and of its kernel, in milliseconds. */
export function busyTime(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq) * TICK;
}

/** The resident memory of a process, in megabytes. */
export function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** The parent's process id. */
export function parentOf(pid: number): number {
  return readProcess(pid)?.parent ?? 0;
}

function listProcesses(): Map<number, Process> {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    ids.flatMap((id) => {
      const found = readProcess(Number(id));
      return found ? [[Number(id), found] as const] : [];
    }),
  );
}

/** Reads /proc/PID/stat (proc(5)). Returns null if the process has ended. */
function readProcess(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The process name before this bracket may contain any characters.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, own: (utime + stime) * TICK, ended: (cutime + cstime) * TICK };
  } catch {
    return null;
  }
}
