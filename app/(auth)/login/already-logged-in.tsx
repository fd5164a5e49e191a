import { timesOf } from "@/app/(account)/session-guard/times";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { WithoutEmailInAddress } from "./email-in-address";
import { StillLoggedIn } from "./still-logged-in";

/** In place of a form to log in or sign up: says who is logged in here, and leads on. */
export function AlreadyLoggedIn({ found, next }: { found: ActiveSession; next: string }) {
  const { id, name, email, role } = found.user;
  const { t, rich } = words();

  return (
    <Screen title={t("loginPage.already")}>
      <StillLoggedIn
        initial={timesOf(found)}
        person={{ id, name, email, role }}
        publicComputer={found.session.publicComputer}
        hasSecondFactor={found.hasSecondFactor}
      >
        <WithoutEmailInAddress />
        <p className="text-muted">
          {rich("loginPage.here", {
            name: () => (
              <strong className="font-medium text-ink">
                <Isolated>{name}</Isolated>
              </strong>
            ),
            email: () => (
              <span className="wrap-anywhere">
                <Isolated>{email}</Isolated>
              </span>
            ),
          })}
        </p>
        <div className="mt-6 flex flex-col gap-3">
          <ButtonLink href={next}>{t("loginPage.continue")}</ButtonLink>
          <ButtonLink href="/logout" kind="secondary">
            {t("loginPage.logOut")}
          </ButtonLink>
        </div>
      </StillLoggedIn>
    </Screen>
  );
}
