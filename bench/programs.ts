// The programs that a measurement starts: none of them outlives it, whatever ends it.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** So long, in milliseconds, a program may take to end when it is told to. */
const PATIENCE = 10_000;

const running = new Set<ChildProcess>();

/** Starts a program, which ends with this process at the latest. */
export function startProgram(command: string, args: string[], options: SpawnOptions): ChildProcess {
  // A process that is killed tells nobody: each program looks for itself whether we are still there.
  const env = { ...options.env, NODE_OPTIONS: `--import=${resolve("bench/end-with-parent.mjs")}` };
  const program = spawn(command, args, { ...options, env } as SpawnOptions);
  running.add(program);
  program.once("exit", () => running.delete(program));
  // One that could not be started at all.
  program.once("error", () => running.delete(program));
  return program;
}

/** Tells all programs to end, and comes back when they have. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...running].map(endProgram));
}

/** Tells a program to end, and comes back when it has. */
export async function endProgram(program: ChildProcess): Promise<void> {
  if (!running.has(program)) return;
  const ended = once(program, "exit");
  program.kill("SIGTERM");
  await Promise.race([ended, pause(PATIENCE, undefined, { ref: false })]);
  program.kill("SIGKILL");
  await ended;
}
