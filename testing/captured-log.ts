import { createLog } from "@/lib/log";

/** From now on, log lines go into the returned list and are not printed. */
export function captureLog({ secrets = [] }: { secrets?: string[] } = {}): string[] {
  const lines: string[] = [];
  const latchkeyLog = createLog({ level: "trace", to: { write: (line) => lines.push(line) }, secrets });
  Object.assign(globalThis, { latchkeyLog });
  return lines;
}
