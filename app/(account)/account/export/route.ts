import { ownData } from "@/lib/auth/own-data";
import { asDownload } from "@/lib/ledger/file";
import { requireSession } from "@/lib/session/current";

/** Streams everything that is stored about the user as a JSON file. */
export async function GET(): Promise<Response> {
  const { user } = await requireSession();
  return asDownload("account", "json", await ownData(user));
}
