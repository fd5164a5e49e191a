import type { ReactNode } from "react";
import { Card } from "@/app/ui/card";
import { LanguageForm } from "@/app/ui/language-form";
import { ThemeForm } from "@/app/ui/theme-form";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { TimeZoneForm } from "./time-zone-form";

/** How pages look for this user: their language, time zone and theme. */
export function Preferences({ found: { locale, timeZone, now } }: { found: ActiveSession }) {
  const { t } = words();
  return (
    <Card title={t("accountPage.preferences")} id="preferences">
      <div className="grid grid-cols-1 gap-6">
        <Preference title={t("accountPage.language")} hint={t("accountPage.languageHint")}>
          <LanguageForm isOfAccount hasChosen={locale !== null} />
        </Preference>
        <TimeZoneForm chosen={timeZone} now={now} />
        <Preference title={t("accountPage.theme")} hint={t("accountPage.themeHint")}>
          <ThemeForm label={t("accountPage.themeOfBrowser")} />
        </Preference>
      </div>
    </Card>
  );
}

function Preference({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="text-sm font-medium">{title}</h3>
      <p className="text-sm text-muted">{hint}</p>
      {children}
    </div>
  );
}
