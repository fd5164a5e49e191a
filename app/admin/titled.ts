import type { Metadata } from "next";
import type { PlainKey } from "@/lib/i18n/words";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";

/** The title of an administration page in the browser's tab, in the language of its reader's account. */
export async function titled(key: PlainKey): Promise<Metadata> {
  await currentSession();
  return { title: words().t(key) };
}
