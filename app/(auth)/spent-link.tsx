import { Screen } from "@/app/(auth)/screen";
import { ButtonLink } from "@/app/ui/button-link";

/** What a link in a mail leads to when it can no longer be used. */
export function SpentLink({ again, label }: { again: string; label: string }) {
  return (
    <Screen title="This link works no more">
      <p className="text-muted">
        It was used already, it is too old, or a newer one has replaced it. Look for a newer mail, or ask for another.
      </p>
      <ButtonLink href={again}>{label}</ButtonLink>
      <ButtonLink href="/login" kind="secondary">
        Log in
      </ButtonLink>
    </Screen>
  );
}
