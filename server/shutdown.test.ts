import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterEach, expect, test, vi } from "vitest";
import { programOf } from "@/testing/program";

// Each test starts a process, which is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const started: ChildProcess[] = [];
afterEach(() => {
  for (const program of started.splice(0)) program.kill("SIGKILL");
});

/** Runs a program that prints "working" when it has started, and "stopped" when it has cleaned up. */
function run(body: string, settings: Record<string, string> = {}) {
  const source = `
    import { setTimeout as pause } from "node:timers/promises";
    import { writeSync } from "node:fs";
    import { unlessStopped, untilStopped } from "./server/shutdown.ts";
    const stop = async () => { process.stdout.write("stopping\\n"); await pause(300); writeSync(2, "stopped"); };
    const forever = () => new Promise(() => setInterval(() => {}, 1000));
    ${body}`;
  const { npm_lifecycle_event: _, ...env } = process.env;
  const program = spawn(process.execPath, programOf(source), {
    env: { ...env, NODE_ENV: "test", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(program);
  return program;
}

const SERVES = `await untilStopped(async (onStop) => { onStop(stop); setInterval(() => {}, 1000); console.log("working"); });`;
const WORKS = `await unlessStopped(async (onStop) => { onStop(stop); console.log("working"); await forever(); });`;

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s stops a running command after its clean-up, even when signals arrive repeatedly",
  async (signal) => {
    const program = run(SERVES);
    const [said] = [text(program.stderr), await once(program.stdout, "data")];
    program.kill(signal);
    program.kill(signal);
    await once(program.stdout, "data");
    program.kill(signal);
    program.kill("SIGINT");

    expect(await once(program, "exit")).toEqual([0, null]);
    expect(await said).toBe("stopped");
  },
);

test("work that a signal interrupts cleans up, and exits with the signal's status", async () => {
  const program = run(WORKS);
  const [said] = [text(program.stderr), await once(program.stdout, "data")];
  program.kill("SIGTERM");
  program.kill("SIGTERM");

  expect(await once(program, "exit")).toEqual([143, null]);
  expect(await said).toBe("stopped");
});

test("a step that is starting when the signal arrives is stopped, too", async () => {
  const program = run(`
    await unlessStopped(async (onStop) => {
      console.log("working");
      await pause(500);
      onStop(() => writeSync(2, "stopped"));
    });`);
  const [said] = [text(program.stderr), await once(program.stdout, "data")];
  program.kill("SIGTERM");

  expect(await once(program, "exit")).toEqual([143, null]);
  expect(await said).toBe("stopped");
});

test("nothing follows work that ends by itself after a signal", async () => {
  const program = run(`
    await unlessStopped(async (_onStop, stop) => {
      console.log("working");
      // As a program that gets the same Ctrl-C.
      const alive = setInterval(() => {}, 1000);
      await new Promise((resolve) => stop.addEventListener("abort", resolve));
      clearInterval(alive);
    });
    writeSync(2, "the next step");`);
  const [said] = [text(program.stderr), await once(program.stdout, "data")];
  program.kill("SIGINT");

  expect(await once(program, "exit")).toEqual([130, null]);
  expect(await said).toBe("");
});

test("clean-up runs in reverse order, and continues after a failure", async () => {
  const program = run(`
    await untilStopped(async (onStop) => {
      onStop(() => writeSync(2, "first"));
      onStop(() => { throw new Error("broken"); });
      onStop(() => writeSync(2, "last"));
      setInterval(() => {}, 1000);
      console.log("working");
    });`);
  const [said] = [text(program.stderr), await once(program.stdout, "data")];
  program.kill("SIGTERM");

  expect(await once(program, "exit")).toEqual([0, null]);
  expect(await said).toMatch(/^lastError: broken.*first$/s);
});

test("finished work returns its result after its clean-up", async () => {
  const program = run(`
    const result = await unlessStopped(async (onStop) => { onStop(stop); return "done"; });
    writeSync(2, " " + result);`);
  const said = text(program.stderr);

  expect(await once(program, "exit")).toEqual([0, null]);
  expect(await said).toBe("stopped done");
});

test("a closed terminal does not interrupt the clean-up", async () => {
  const program = run(`process.stdout.on("error", () => {}).removeAllListeners("error"); ${SERVES}`);
  const [said] = [text(program.stderr), await once(program.stdout, "data")];
  program.stdout.destroy();
  program.kill("SIGHUP");

  expect(await once(program, "exit")).toEqual([0, null]);
  expect(await said).toBe("stopped");
});

test("a command started by npm stops when its parent process is killed", async () => {
  const child = `
    import { spawn } from "node:child_process";
    const program = spawn(process.execPath, JSON.parse(process.env.CHILD), { stdio: "inherit" });
    setInterval(() => {}, 1000);`;
  const source = `
    import { writeSync } from "node:fs";
    import { untilStopped } from "./server/shutdown.ts";
    await untilStopped(async (onStop) => { onStop(() => writeSync(2, "stopped")); setInterval(() => {}, 1000); console.log("working"); });`;
  const parent = run(child, { CHILD: JSON.stringify(programOf(source)), npm_lifecycle_event: "start" });
  const [said] = [text(parent.stderr), await once(parent.stdout, "data")];
  const [pid] = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8").trim().split(" ").map(Number);
  parent.kill("SIGKILL");

  // Its output ends when it exits.
  expect(await said).toBe("stopped");
  await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow(), 20_000);
});

test.each([
  ["is interrupted", "SIGINT", [130, null]],
  ["is killed", "SIGKILL", [null, "SIGKILL"]],
] as const)("a benchmark's programs end with it when it %s", async (_what, signal, exit) => {
  const program = run(`
    import { endPrograms, startProgram } from "./bench/programs.ts";
    await unlessStopped(async (onStop) => {
      onStop(endPrograms);
      // The second program starts another one, as a server with several processes does.
      const lives = "setInterval(() => {}, 1000); console.log(process.pid)";
      for (const body of [lives, lives + "; require('child_process').spawn(process.execPath, ['-e', " + JSON.stringify(lives) + "], { stdio: 'inherit' })"])
        startProgram(process.execPath, ["-e", body], { stdio: ["ignore", "inherit", "inherit"], env: process.env });
      await forever();
    });`);
  let said = "";
  program.stdout?.on("data", (chunk) => (said += chunk));
  await vi.waitFor(() => expect(said.trim().split("\n")).toHaveLength(3), 30_000);
  const started = said.trim().split("\n").map(Number);
  program.kill(signal);

  expect(await once(program, "exit")).toEqual(exit);
  for (const pid of started) await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), 20_000);
});
