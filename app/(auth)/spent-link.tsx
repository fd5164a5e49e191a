import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { leadingTo } from "@/lib/http/leading-to";

type Props = { isWhole: boolean; again: string; label: string; next?: string };

/** The page for an emailed link that is no longer valid, or that is incomplete. */
export function SpentLink({ isWhole, again, label, next }: Props) {
  return (
    <Screen title={isWhole ? "This link works no more" : "This link is not complete"}>
      <p className="text-muted">
        {isWhole
          ? "It was used already, it is too old, or a newer one has replaced it. Look for a newer mail, or ask for another."
          : "A part of its address is missing. Open it from the mail once more, or copy the whole address."}
      </p>
      <ButtonLink href={next ? leadingTo(again, next) : again}>{label}</ButtonLink>
      <ButtonLink href={next ? leadingTo("/login", next) : "/login"} kind="secondary">
        Log in
      </ButtonLink>
    </Screen>
  );
}
