import { step } from "@/lib/terminal";
import { compileServer } from "@/server/compile";

/** Compiles the server: cli/main.mjs runs this before it serves, if a source has changed. */
export async function main(): Promise<void> {
  // Reported on standard error, as everything that runs before a command.
  await step("Server compiled", compileServer, console.error);
}
