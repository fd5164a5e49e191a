import { readLogo } from "@/lib/brand";
import type { Env } from "@/lib/env";
import { readGeoFile } from "@/lib/http/geo-file";
import { refusalOfStore } from "@/lib/session/store/limits";
import { UserError } from "@/lib/terminal";

/**
 * Throws a UserError when the server would refuse to start with these settings, because of a file that they name or the
 * store of sessions. Called before anything starts: the server itself finds out only after the database was migrated.
 */
export async function requireServable(settings: Env, { dev }: { dev: boolean }): Promise<void> {
  const { PRODUCT_LOGO, GEO_FILE, DEMO_FILE } = settings;
  const refusal = refusalOfStore(settings, { isForOneself: dev || DEMO_FILE !== undefined });
  if (refusal) throw new UserError(refusal);
  if (PRODUCT_LOGO) readLogo(PRODUCT_LOGO);
  if (GEO_FILE) await readGeoFile(GEO_FILE);
}
