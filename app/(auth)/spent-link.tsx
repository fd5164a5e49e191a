import { Screen } from "@/app/(auth)/screen";
import { ButtonLink } from "@/app/ui/button-link";

type Props = { isWhole: boolean; again: string; label: string };

/** What a link in a mail leads to when it can no longer be used, or has lost a part of it on its way. */
export function SpentLink({ isWhole, again, label }: Props) {
  return (
    <Screen title={isWhole ? "This link works no more" : "This link is not complete"}>
      <p className="text-muted">
        {isWhole
          ? "It was used already, it is too old, or a newer one has replaced it. Look for a newer mail, or ask for another."
          : "A part of its address is missing. Open it from the mail once more, or copy the whole address."}
      </p>
      <ButtonLink href={again}>{label}</ButtonLink>
      <ButtonLink href="/login" kind="secondary">
        Log in
      </ButtonLink>
    </Screen>
  );
}
