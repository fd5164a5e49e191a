import { Link } from "@/app/ui/link/link";
import { address } from "@/app/ui/link/pager";
import { ALL_KINDS, type Kind } from "@/lib/ledger/lines";
import { words } from "@/lib/words";

type Props = {
  /** The path of the page with the entries. The export is below it. */
  path: string;
  kind: Kind | null;
  /** The other query parameters. */
  query?: Record<string, string | null>;
};

/** Links to the entries of each kind. */
export function ActivityFilter({ path, kind, query = {} }: Props) {
  const { t } = words();
  return (
    <nav aria-label={t("activityPage.filter")} className="mb-2 flex flex-wrap gap-2 print:hidden">
      {[null, ...ALL_KINDS].map((each) => (
        <Link
          key={each}
          href={address(path, { ...query, kind: each })}
          aria-current={each === kind ? "true" : undefined}
          className="inline-flex min-h-9 items-center rounded-full border border-line px-3 text-sm text-muted hover:text-ink aria-[current]:border-ink aria-[current]:text-ink forced-colors:aria-[current]:bg-[Highlight] forced-colors:aria-[current]:text-[HighlightText] forced-colors:aria-[current]:forced-color-adjust-none"
        >
          {t(`activityPage.kind-${each ?? "all"}`)}
        </Link>
      ))}
    </nav>
  );
}

/** Links to the same entries as files. */
export function ActivityFiles({ path, kind, query = {} }: Props) {
  return (
    <span className="flex gap-4 text-sm print:hidden">
      <a href={address(`${path}/export`, { ...query, kind })} className="text-muted underline underline-offset-4">
        CSV
      </a>
      <a
        href={address(`${path}/export`, { ...query, kind, format: "json" })}
        className="text-muted underline underline-offset-4"
      >
        JSON
      </a>
    </span>
  );
}
