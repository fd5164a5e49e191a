import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/app/ui/button";
import { SelectField, TextField } from "@/app/ui/form/field";
import { Isolated } from "@/app/ui/isolated";
import { Link } from "@/app/ui/link/link";
import { address as addressOf } from "@/app/ui/link/pager";
import { TextLink } from "@/app/ui/link/text-link";
import { browserName } from "@/lib/http/browser-name";
import type { Entry } from "@/lib/ledger/activity";
import { momentsOf } from "@/lib/ledger/days";
import { deviceKey, deviceNamed, FILTERS, type Filter, type ParsedFilter } from "@/lib/ledger/filter";
import { words } from "@/lib/words";

const PATH = "/activity";

type Props = ParsedFilter & {
  /** The devices to choose from. */
  devices: Pick<Entry, "browser" | "system">[];
};

/** The form with the filters of the activity, and links to remove those in use. A plain form, so it needs no JavaScript. */
export function ActivitySearch({ filter, typed, faults, devices }: Props) {
  const { t } = words();

  return (
    <>
      <search>
        {/* The key empties the fields when a link has changed the filters. */}
        <form key={JSON.stringify(typed)} action={PATH} className="my-3 print:hidden">
          {filter.kind && <input type="hidden" name="kind" value={filter.kind} />}
          <div className="flex items-end gap-3 *:first:min-w-0 *:first:flex-1">
            <TextField
              type="search"
              label={t("activityPage.search")}
              name="search"
              id="activity-search"
              autoComplete="off"
              defaultValue={typed.search ?? ""}
            />
            <Button type="submit" kind="secondary">
              {t("activityPage.searchButton")}
            </Button>
          </div>
          <details open={Object.keys(faults).length > 0} className="mt-2 text-sm">
            <summary className="inline-flex min-h-9 cursor-pointer items-center text-muted underline underline-offset-4 hover:text-ink">
              {t("activityPage.more")}
            </summary>
            <MoreFilters typed={typed} faults={faults} devices={devices} />
          </details>
        </form>
      </search>
      <ActiveFilters filter={filter} />
    </>
  );
}

function MoreFilters({ typed, faults, devices }: Omit<Props, "filter">) {
  const said = words();
  const { t } = said;
  const day = (name: "from" | "to") => (
    <TextField
      type="date"
      label={t(`activityPage.${name}`)}
      name={name}
      id={`activity-${name}`}
      // A browser shows no text here that is not a day.
      defaultValue={(!faults[name] && typed[name]) || ""}
      error={faults[name] && t(faults[name])}
    />
  );

  return (
    <div className="mt-2 grid grid-cols-1 items-start gap-4 sm:grid-cols-2">
      <fieldset className="grid grid-cols-1 items-start gap-x-4 gap-y-4 sm:col-span-2 sm:grid-cols-2">
        <legend className="mb-2 text-muted">{t("activityPage.days", { zone: said.timeZone ?? "UTC" })}</legend>
        {day("from")}
        {day("to")}
      </fieldset>
      <SelectField
        label={t("activityPage.device")}
        name="device"
        id="activity-device"
        defaultValue={typed.device ?? ""}
      >
        <option value="">{t("activityPage.anyDevice")}</option>
        {optionsOf(devices, typed.device).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t("activityPage.address")}
        name="address"
        id="activity-address"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder="192.0.2.0/24"
        defaultValue={typed.address ?? ""}
        error={faults.address && t(faults.address)}
      />
      <Button type="submit" kind="secondary" className="justify-self-start">
        {t("activityPage.apply")}
      </Button>
    </div>
  );
}

/** Devices as the values and texts of options, by their names, with the chosen one even if it is not among them. */
function optionsOf(devices: Props["devices"], chosen: string | null): [key: string, name: string][] {
  const keys = new Set([...devices.map(deviceKey), chosen].filter((key) => key !== null));
  return [...keys]
    .map((key): [string, string] => [key, nameOfDevice(key)])
    .sort(([, one], [, other]) => (one < other ? -1 : 1));
}

function nameOfDevice(key: string): string {
  return browserName(deviceNamed(key), words());
}

/** The filters in use, each with a link that removes it. Nothing if there are none. */
function ActiveFilters({ filter }: { filter: Filter }) {
  const { t } = words();
  const used = FILTERS.filter((name) => filter[name]);
  if (used.length === 0) return null;

  return (
    <div className="my-3 flex flex-wrap items-center gap-2 text-sm print:hidden">
      <ul aria-label={t("activityPage.active")} className="contents">
        {used.map((name) => (
          <li key={name} className="min-w-0">
            <Link
              href={addressOf(PATH, { ...filter, [name]: null })}
              className="inline-flex min-h-9 max-w-full items-center gap-1.5 rounded-full border border-line bg-sunken ps-3 pe-2 hover:border-ink"
            >
              <span className="min-w-0 wrap-anywhere">
                <span className="sr-only">{t("activityPage.remove")} </span>
                {textOf(name, filter[name] ?? "")}
              </span>
              <X className="size-4 shrink-0" aria-hidden="true" />
            </Link>
          </li>
        ))}
      </ul>
      <TextLink href={PATH}>{t("activityPage.clear")}</TextLink>
    </div>
  );
}

/** A filter in words. */
function textOf(name: (typeof FILTERS)[number], value: string): ReactNode {
  const { t, rich, day, timeZone } = words();
  switch (name) {
    case "search":
      return rich("activityPage.isSearch", { text: () => <Isolated>{value}</Isolated> });
    case "from":
    case "to": {
      const shown = day(momentsOf(value, timeZone).since);
      return t(name === "from" ? "activityPage.isFrom" : "activityPage.isTo", { day: shown });
    }
    case "device":
      return <Isolated>{nameOfDevice(value)}</Isolated>;
    case "address":
      return t("activityPage.isAddress", { address: value });
  }
}
