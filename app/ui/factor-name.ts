import type { NewFactor } from "@/lib/auth/second-factor/disputed";
import type { BrowserWords } from "@/lib/i18n/words";
import { isolated } from "@/lib/text/isolated";

/** What a factor is called on a page. */
export function factorName({ kind, name }: Pick<NewFactor, "kind" | "name">, { t }: Pick<BrowserWords, "t">): string {
  return kind === "passkey" ? t("auth.newPasskey", { name: isolated(name ?? "") }) : t(`auth.new-${kind}`);
}
