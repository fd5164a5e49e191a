"use client";

import { Screen } from "@/app/ui/screen";
import { useWords } from "@/lib/i18n/react";
import { buttonLook } from "./ui/button";

/** The page for an unknown address. */
export function NothingHere() {
  const { t } = useWords();
  return (
    <Screen title={t("error.notFound")}>
      <p className="text-muted">{t("error.notFoundText")}</p>
      <a href="/dashboard" className={buttonLook()}>
        {t("error.toDashboard")}
      </a>
    </Screen>
  );
}
