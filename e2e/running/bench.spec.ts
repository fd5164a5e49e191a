import { spawn } from "node:child_process";
import { expect, test } from "@/e2e/support/fixtures";
import { descendantsOf, listProcesses, type Process } from "@/e2e/support/processes";

test.skip(process.platform !== "linux", "The bench reads /proc");

// They share the bench's Postgres.
test.describe.configure({ mode: "serial" });

type Bench = { npm: number; command: number; server: number; started: Process[] };

/** Runs a case of the bench with two servers and a Postgres, as npm does, until it measures. */
async function startBench(): Promise<Bench> {
  const npm = spawn("npm", ["run", "bench", "--", "--quick", "revoke"], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (text) => (said += text));
  await expect.poll(() => said, { timeout: 120_000 }).toContain("0 of 100");

  const started = descendantsOf(Number(npm.pid));
  const postgres = started.find(({ command }) => /\bpostgres -D /.test(command));
  const servers = started.filter(({ command }) => / cli\/main\.mjs serve /.test(command));
  expect(servers).toHaveLength(2);
  return { npm: Number(npm.pid), command: Number(postgres?.parent), server: Number(servers[1]?.pid), started };
}

const WAYS: [string, (bench: Bench) => void][] = [
  ["by Ctrl-C", ({ npm }) => process.kill(-npm, "SIGINT")],
  ["by a signal to npm", ({ npm }) => process.kill(npm, "SIGTERM")],
  ["by a signal to the command", ({ command }) => process.kill(command, "SIGTERM")],
  ["by a case that fails, because its server has ended", ({ server }) => process.kill(server, "SIGKILL")],
];

for (const [way, interrupt] of WAYS) {
  test(`a bench that is interrupted ${way} leaves none of its servers behind, nor its Postgres`, async () => {
    const bench = await startBench();
    interrupt(bench);

    const left = () => listProcesses().filter(({ pid }) => bench.started.some((one) => one.pid === pid));
    await expect.poll(left, { timeout: 60_000 }).toEqual([]);
  });
}
