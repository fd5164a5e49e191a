import { type ChildProcess, fork } from "node:child_process";
import { onTestFinished } from "vitest";
import { endWithTests } from "./server";

/** Starts another instance, which only looks sessions up (look-up-process.ts), until the end of the test. */
export function startLookUps(settings: Record<string, string>): ChildProcess {
  const env = { ...process.env, SESSION_STORE: "redis", ...settings };
  const instance = fork("testing/look-up-process.ts", { execArgv: ["--import", "tsx"], env });
  endWithTests(instance);
  onTestFinished(() => void instance.kill("SIGKILL"));
  return instance;
}
