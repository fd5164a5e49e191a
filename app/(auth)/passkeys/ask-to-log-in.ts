import type { Asked } from "./asked";

/**
 * Gets a challenge to log in with. It says nothing about any account. Not an action: those run one after the other, so
 * a log-in would wait for it.
 */
export async function askToLogIn(): Promise<Asked> {
  const answer = await fetch("/api/passkeys/challenge", { cache: "no-store" });
  if (answer.ok) return answer.json();

  const wait = Number(answer.headers.get("retry-after"));
  if (answer.status === 429) return { options: null, tryLater: { state: "throttled", wait } };
  return { options: null, tryLater: { state: answer.status === 503 ? "unavailable" : "unexpected" } };
}
