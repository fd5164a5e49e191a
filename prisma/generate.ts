import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { step, UserError } from "@/lib/terminal";

export const SCHEMA = "prisma/schema.prisma";

const CLIENT = "prisma/client";

/**
 * Generates the Prisma client in prisma/client, unless it already matches the current
 * schema and Prisma version. Throws a `UserError` with the output of `prisma generate`
 * if that fails, for example because of a mistake in the schema.
 */
export async function generateClient(): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve("prisma/package.json");
  const sources = await Promise.all([readFile(SCHEMA), readFile(manifest)]);
  const fingerprint = createHash("sha256").update(Buffer.concat(sources)).digest("hex");
  // Written last, so that an interrupted generation is repeated.
  const stamp = join(CLIENT, ".generated-from");
  if ((await readFile(stamp, "utf8").catch(() => null)) === fingerprint) return;

  // Reported on standard error: this runs before every command, and a command may print a document.
  await step("Prisma client generated", () => runGenerate(join(dirname(manifest), "build/index.js")), console.error);
  await writeFile(stamp, fingerprint);
}

async function runGenerate(prisma: string): Promise<void> {
  // Prisma would download an engine that `generate` does not use. Naming any program as the engine prevents that.
  const engine = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  const quiet = { CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  const env = { ...process.env, ...engine, ...quiet };
  try {
    await promisify(execFile)(process.execPath, [prisma, "generate", "--no-hints"], { env });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new UserError(`prisma generate failed.\n\n${stdout}${stderr}`);
  }
}
