import type { Metadata } from "next";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { nextPage } from "@/lib/http/return-path";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { ConfirmForm } from "./confirm-form";

export async function generateMetadata(): Promise<Metadata> {
  // Before `words`: the session has the language that the user chose.
  await currentSession();
  return { title: words().t("guard.confirmTitle") };
}

/** Confirms the password for a sensitive action without JavaScript, then leads back. With JavaScript, a dialog does. */
export default async function ConfirmPage({ searchParams }: PageProps<"/confirm">) {
  const { user } = await requireSession();
  const { t, rich } = words();
  const next = nextPage((await searchParams).next);

  return (
    <Screen title={t("guard.confirmTitle")}>
      <p className="text-muted">{rich("confirmPage.about", { name: () => <Isolated>{user.name}</Isolated> })}</p>
      <ConfirmForm email={user.email} next={next}>
        <ButtonLink href={next} kind="secondary">
          {t("confirmPage.back")}
        </ButtonLink>
      </ConfirmForm>
    </Screen>
  );
}
