// What the processes of this machine have cost so far, as Linux counts it.

import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second, on every machine of today (USER_HZ). */
const TICK = 10;

type Process = { parent: number; own: number; ended: number };

/** The processor time of a process and of all that it has started, also of what has ended since, in milliseconds. */
export function processorTime(pid: number): number {
  const processes = listProcesses();
  // One that ended while the others were being read is counted nowhere, or twice.
  if (readProcess(pid)?.ended !== processes.get(pid)?.ended) return processorTime(pid);

  const total = (id: number): number => {
    const { own, ended } = processes.get(id) ?? { own: 0, ended: 0 };
    const children = [...processes].filter(([, { parent }]) => parent === id);
    return children.reduce((sum, [child]) => sum + total(child), own + ended);
  };
  return total(pid);
}

/** The processor time that all processes of the machine and its kernel have had, in milliseconds. */
export function busyTime(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq) * TICK;
}

/** The memory that a process has in use, in megabytes. */
export function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** The process that has started this one. */
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

/** What /proc/PID/stat says (proc(5)); null when the process has ended meanwhile. */
function readProcess(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before this bracket may hold anything.
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
