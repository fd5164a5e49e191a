import { createLog } from "@/lib/log";

/** Collects log lines in the returned list instead of printing them, from this call on. */
export function captureLog({ secrets = [] }: { secrets?: string[] } = {}): string[] {
  const lines: string[] = [];
  const latchkeyLog = createLog({ level: "trace", to: { write: (line) => lines.push(line) }, secrets });
  Object.assign(globalThis, { latchkeyLog });
  return lines;
}
