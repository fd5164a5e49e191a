import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { Asked, LookedUp } from "./look-up";
import { endWithTests } from "./server";

/** Starts another instance, which only looks sessions up (look-up-process.ts), until the end of the test. */
export function startLookUps(settings: Record<string, string>): ChildProcess {
  const env = { ...process.env, SESSION_STORE: "redis", ...settings };
  const instance = fork("testing/look-up-process.ts", { execArgv: ["--import", "tsx"], env });
  endWithTests(instance);
  onTestFinished(() => void instance.kill("SIGKILL"));
  return instance;
}

/** Sends one look-up at a time, and returns the result. Throws what the instance has thrown. */
export async function askInstance(instance: ChildProcess, asked: Asked): Promise<LookedUp> {
  instance.send(asked);
  const [answer] = await once(instance, "message");
  if ("error" in answer) throw new Error(answer.error);
  return answer;
}
