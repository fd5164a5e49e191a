import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { TextLink } from "@/app/ui/link/text-link";
import { PrivateWords } from "@/app/ui/private-words";
import { Screen } from "@/app/ui/screen";
import { factorsOf } from "@/lib/auth/second-factor/factors";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { currentSession, requireConfirmable } from "@/lib/session/current";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { ConfirmForm, SecondFactorForm } from "./confirm-form";

export async function generateMetadata({ searchParams }: PageProps<"/confirm">): Promise<Metadata> {
  // Before `words`: the session has the language that the user chose.
  await currentSession();
  const query = await searchParams;
  const isForSecondFactor = "second-factor" in query;
  return { title: words().t(isForSecondFactor ? "verifyPage.title" : "guard.confirmTitle") };
}

/**
 * Confirms the user's identity for a sensitive action without JavaScript, then leads back. With JavaScript, a dialog
 * does. With `second-factor` in the address, it asks for that alone: an application behind demands it.
 */
export default async function ConfirmPage({ searchParams }: PageProps<"/confirm">) {
  const query = await searchParams;
  const isForSecondFactor = "second-factor" in query;
  const found = await requireConfirmable();
  const next = nextAddress(query.next);
  // The browser has proved its session since.
  if (found.isProven && "unproven" in query) redirect(next);
  if (isForSecondFactor) return confirmSecondFactor(found, { next, wantsRecovery: "recovery" in query });

  const { t, rich } = words();
  return (
    <Screen title={t("guard.confirmTitle")}>
      <p className="text-muted">
        {found.isProven
          ? rich("confirmPage.about", { name: () => <Isolated>{found.user.name}</Isolated> })
          : // Without a name, which a thief with a copied cookie need not learn.
            t("bindingPage.about")}
      </p>
      <PrivateWords>
        <ConfirmForm
          email={found.isProven ? found.user.email : null}
          hasSecondFactor={found.hasSecondFactor}
          next={next}
        >
          {found.isProven && (
            <ButtonLink href={next} kind="secondary">
              {t("confirmPage.back")}
            </ButtonLink>
          )}
        </ConfirmForm>
      </PrivateWords>
    </Screen>
  );
}

type Asked = { next: string; wantsRecovery: boolean };

async function confirmSecondFactor(found: ActiveSession, { next, wantsRecovery }: Asked) {
  if (!found.hasSecondFactor) redirect(leadingTo("/account/security", next));
  if (found.session.level === 2) redirect(next);
  const { t } = words();
  const { passkeys, totp, recoveryCodes } = await factorsOf(found.user.id);
  const isRecovery = wantsRecovery || !totp;
  const page = leadingTo("/confirm?second-factor", next);

  return (
    <Screen title={t("verifyPage.title")}>
      <p className="text-muted">{t("confirmPage.secondFactor")}</p>
      <PrivateWords>
        <SecondFactorForm
          key={String(isRecovery)}
          next={next}
          isRecovery={isRecovery}
          hasCodes={totp || recoveryCodes > 0}
          hasPasskey={passkeys > 0}
        />
      </PrivateWords>
      {totp && recoveryCodes > 0 && (
        <p className="text-sm">
          <TextLink href={isRecovery ? page : `${page}&recovery`}>
            {isRecovery ? t("verifyPage.useApp") : t("verifyPage.useRecovery")}
          </TextLink>
        </p>
      )}
    </Screen>
  );
}
