// Starts the programs of a measurement. None outlives it, however it ends.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "@/lib/terminal";

/** How long a program may take to end after SIGTERM, in milliseconds. */
const PATIENCE = 10_000;

const running = new Set<ChildProcess>();

/** Whether all programs are ending, so that none may start any more. */
let isOver = false;

/** Starts a program, which ends at the latest with this process. */
export function startProgram(command: string, args: string[], options: SpawnOptions): ChildProcess {
  if (isOver) throw new UserError("The measurement was stopped.");
  // A killed process cannot stop its children, so each program watches whether its parent is alive.
  const env = { ...options.env, NODE_OPTIONS: `--import=${resolve("bench/end-with-parent.mjs")}` };
  const program = spawn(command, args, { ...options, env } as SpawnOptions);
  running.add(program);
  program.once("exit", () => running.delete(program));
  // The program could not be started.
  program.once("error", () => running.delete(program));
  return program;
}

/** Ends all programs, and lets no other one start. Resolves when they have ended. */
export async function endPrograms(): Promise<void> {
  isOver = true;
  await Promise.all([...running].map(endProgram));
}

/** Ends a program. Resolves when it has ended. */
export async function endProgram(program: ChildProcess): Promise<void> {
  if (!running.has(program)) return;
  const ended = once(program, "exit");
  program.kill("SIGTERM");
  await Promise.race([ended, pause(PATIENCE, undefined, { ref: false })]);
  program.kill("SIGKILL");
  await ended;
}
