"use client";

import { Screen } from "@/app/ui/screen";
import { useWords } from "@/lib/i18n/react";
import { buttonLook } from "./ui/button";
import { Isolated } from "./ui/isolated";

type Props = {
  person: { name: string; email: string } | null;
  /** Whether the user is an administrator, whose session would have to be bound to a device. */
  lacksBinding?: boolean;
};

/**
 * The 403 page for users who are not administrators, or whose sessions are not bound to a device. It names the user, but
 * does not reveal if the path exists.
 */
export function AdministratorsOnly({ person, lacksBinding = false }: Props) {
  const { t, rich } = useWords();
  return (
    <Screen title={t(lacksBinding ? "binding.mustBind" : "error.administratorsOnly")}>
      {lacksBinding && <p className="text-muted">{t("binding.mustBindText")}</p>}
      {person && !lacksBinding && (
        <p className="text-muted">
          <span>
            {rich("error.notAdministrator", {
              name: () => (
                <strong className="font-medium text-ink">
                  <Isolated>{person.name}</Isolated>
                </strong>
              ),
              email: () => (
                <span className="wrap-anywhere">
                  <Isolated>{person.email}</Isolated>
                </span>
              ),
            })}
          </span>{" "}
          <span>{t("error.canBecome")}</span>
        </p>
      )}
      <div className="flex flex-col gap-3">
        <a href="/dashboard" className={buttonLook()}>
          {t("error.toDashboard")}
        </a>
        <a href="/logout" className={buttonLook({ kind: "secondary" })}>
          {t("error.asSomebodyElse")}
        </a>
      </div>
    </Screen>
  );
}
