import { createLog } from "@/lib/log";

/** For a test: what is logged from now on is kept in the list that comes back, line by line, and not printed. */
export function captureLog({ secrets = [] }: { secrets?: string[] } = {}): string[] {
  const lines: string[] = [];
  const latchkeyLog = createLog({ level: "trace", to: { write: (line) => lines.push(line) }, secrets });
  Object.assign(globalThis, { latchkeyLog });
  return lines;
}
