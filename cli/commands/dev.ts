import { watch } from "node:fs";
import { compileCatalogues } from "@/lib/i18n/compile";
import { start } from "./start";

/** `npm run dev`: serves the sources, and compiles the catalogues again whenever they are edited. */
export async function main(): Promise<void> {
  watch("lib/i18n", (_event, file) => {
    if (file?.endsWith(".json")) compileCatalogues().catch((error: Error) => console.error(error.message));
  });
  await start({ dev: true });
}
