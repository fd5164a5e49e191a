import type { Metadata } from "next";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { nextPage } from "@/lib/http/return-path";
import { requireSession } from "@/lib/session/current";
import { ConfirmForm } from "./confirm-form";

export const metadata: Metadata = { title: "Confirm that it is you" };

/** Confirms the password for a sensitive action without JavaScript, then leads back. With JavaScript, a dialog does. */
export default async function ConfirmPage({ searchParams }: PageProps<"/confirm">) {
  const { user } = await requireSession();
  const next = nextPage((await searchParams).next);

  return (
    <Screen title="Confirm that it is you">
      <p className="text-muted">
        What you are about to do is asked for with your password, <Isolated>{user.name}</Isolated>. You are led back
        afterwards, and can do it then.
      </p>
      <ConfirmForm email={user.email} next={next}>
        <ButtonLink href={next} kind="secondary">
          Back
        </ButtonLink>
      </ConfirmForm>
    </Screen>
  );
}
