import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { leadingTo } from "@/lib/http/leading-to";
import { words } from "@/lib/words";

type Props = { isWhole: boolean; again: string; label: string; next?: string };

/** The page for an emailed link that is no longer valid, or that is incomplete. */
export function SpentLink({ isWhole, again, label, next }: Props) {
  const { t } = words();

  return (
    <Screen title={t(isWhole ? "authPage.spent" : "authPage.incomplete")}>
      <p className="text-muted">{t(isWhole ? "authPage.spentWhy" : "authPage.incompleteWhy")}</p>
      <ButtonLink href={next ? leadingTo(again, next) : again}>{label}</ButtonLink>
      <ButtonLink href={next ? leadingTo("/login", next) : "/login"} kind="secondary">
        {t("authPage.logIn")}
      </ButtonLink>
    </Screen>
  );
}
