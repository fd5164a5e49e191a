import type { Metadata } from "next";
import Link from "next/link";
import { ButtonLink } from "@/app/ui/button";
import { Card } from "@/app/ui/card";
import { countByDay, type Kind, listActivity, parseCursor, parseKind } from "@/lib/ledger/activity";
import { requireSession } from "@/lib/session/current";
import { AccountPage } from "../account-page";
import { ActivityChart } from "./activity-chart";
import { ActivityList } from "./activity-list";

export const metadata: Metadata = { title: "Activity" };

const FILTERS: [kind: Kind | null, name: string][] = [
  [null, "Everything"],
  ["sign-ins", "Sign-ins"],
  ["failures", "Failures"],
  ["endings", "Sign-outs"],
  ["changes", "Changes"],
];

export default async function ActivityPage({ searchParams }: PageProps<"/activity">) {
  const found = await requireSession();
  const query = await searchParams;
  const [kind, before] = [parseKind(query.kind), parseCursor(query.before)];
  const [days, { entries, next }] = await Promise.all([
    countByDay(found.user.id),
    listActivity(found.user.id, { kind, before }),
  ]);

  return (
    <AccountPage found={found} title="Activity">
      <div className="grid gap-5">
        <Card title="Sign-ins and failures">
          <ActivityChart days={days} />
        </Card>
        <Card
          title={before ? "Earlier" : "What happened"}
          aside={
            <span className="flex gap-4 text-sm print:hidden">
              <a href={address("/activity/export", { kind })} className="text-muted underline underline-offset-4">
                CSV
              </a>
              <a
                href={address("/activity/export", { kind, format: "json" })}
                className="text-muted underline underline-offset-4"
              >
                JSON
              </a>
            </span>
          }
        >
          <nav aria-label="Filter" className="mb-2 flex flex-wrap gap-2 print:hidden">
            {FILTERS.map(([each, name]) => (
              <Link
                key={name}
                href={address("/activity", { kind: each })}
                aria-current={each === kind ? "true" : undefined}
                className="inline-flex min-h-9 items-center rounded-full border border-line px-3 text-sm text-muted hover:text-ink aria-[current]:border-ink aria-[current]:text-ink"
              >
                {name}
              </Link>
            ))}
          </nav>
          {entries.length === 0 ? (
            <p className="py-6 text-muted">
              Nothing of this kind {before ? "before that" : "yet"}. What happens to your account is written down here:
              sign-ins, failed attempts, sign-outs and changes.
            </p>
          ) : (
            <ActivityList entries={entries} />
          )}
          {(next || before) && (
            <p className="mt-4 flex gap-3 print:hidden">
              {before && (
                <ButtonLink kind="secondary" href={address("/activity", { kind })}>
                  Newest
                </ButtonLink>
              )}
              {next && (
                <ButtonLink kind="secondary" href={address("/activity", { kind, before: next })}>
                  Earlier
                </ButtonLink>
              )}
            </p>
          )}
        </Card>
      </div>
    </AccountPage>
  );
}

/** An address with those of the parameters that are given. */
function address(path: string, parameters: Record<string, string | null>): string {
  const given = Object.entries(parameters).filter((each): each is [string, string] => each[1] !== null);
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
