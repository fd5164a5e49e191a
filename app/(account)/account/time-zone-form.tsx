import { Button } from "@/app/ui/button";
import { SelectField } from "@/app/ui/form/field";
import { zonesByRegion } from "@/lib/i18n/zones";
import { words } from "@/lib/words";

/** Selects the time zone of the account; null follows the browser. A plain form, so it works without JavaScript. */
export function TimeZoneForm({ chosen, now }: { chosen: string | null; now: Date }) {
  const { t, time } = words();
  const hint = (
    <>
      <span>{t("accountPage.timeZoneHint")}</span>
      {chosen && <span> {t("accountPage.timeZoneNow", { time: time(now) })}</span>}
    </>
  );

  return (
    <form method="post" action="/time-zone" className="flex flex-col items-start gap-3 *:first:w-full">
      <SelectField
        label={t("accountPage.timeZone")}
        name="time-zone"
        defaultValue={chosen ?? ""}
        hint={hint}
        // The names of zones are not words to translate.
        translate="no"
      >
        <option value="" translate="yes">
          {t("accountPage.timeZoneOfBrowser")}
        </option>
        <option>UTC</option>
        {zonesByRegion().map(([region, zones]) => (
          <optgroup key={region} label={region}>
            {zones.map(({ zone, city }) => (
              <option key={zone} value={zone}>
                {city}
              </option>
            ))}
          </optgroup>
        ))}
      </SelectField>
      <Button type="submit" kind="secondary">
        {t("accountPage.timeZoneChange")}
      </Button>
    </form>
  );
}
