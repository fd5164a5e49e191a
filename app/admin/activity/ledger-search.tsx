import { Button } from "@/app/ui/button";
import { SelectField, TextField } from "@/app/ui/form/field";
import { ButtonLink } from "@/app/ui/link/button-link";
import { ALL_KINDS } from "@/lib/ledger/lines";
import { words } from "@/lib/words";
import { ZoneName } from "../zone-name";
import type { Sought } from "./ledger-filter";

type Typed = Sought & { user: string };

/** The form that searches the ledger. The dates are days of the reader's time zone, as the labels say. */
export function LedgerSearch({ typed, errors }: { typed: Typed; errors: Partial<Typed> }) {
  const { t, rich } = words();
  const zone = () => <ZoneName />;

  return (
    <search>
      <form action="/admin/activity" className="grid grid-cols-1 items-start gap-4 sm:grid-cols-6">
        <div className="sm:col-span-3">
          <TextField
            label={t("adminPage.ofUser")}
            name="user"
            autoComplete="off"
            placeholder={t("adminPage.nameOrEmail")}
            defaultValue={typed.user}
            error={errors.user}
          />
        </div>
        <div className="sm:col-span-3">
          <TextField
            label={t("adminPage.fromAddress")}
            name="address"
            autoComplete="off"
            placeholder="192.0.2.0/24"
            defaultValue={typed.address}
            error={errors.address}
          />
        </div>
        <div className="sm:col-span-2">
          <SelectField label={t("adminPage.kind")} name="kind" defaultValue={typed.kind}>
            {["", ...ALL_KINDS].map((kind) => (
              <option key={kind} value={kind}>
                {t(`activityPage.kind-${(kind || "all") as (typeof ALL_KINDS)[number] | "all"}`)}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="sm:col-span-2">
          <TextField
            type="date"
            label={rich("adminPage.firstDay", { zone })}
            name="from"
            defaultValue={typed.from}
            error={errors.from}
          />
        </div>
        <div className="sm:col-span-2">
          <TextField
            type="date"
            label={rich("adminPage.lastDay", { zone })}
            name="to"
            defaultValue={typed.to}
            error={errors.to}
          />
        </div>
        <p className="flex gap-3 sm:col-span-6">
          <Button type="submit">{t("adminPage.show")}</Button>
          <ButtonLink kind="secondary" href="/admin/activity">
            {t("adminPage.all")}
          </ButtonLink>
        </p>
      </form>
    </search>
  );
}
