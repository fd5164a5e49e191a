import { ChevronRight } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { AccountPage } from "@/app/(account)/account-page";
import { NavLink } from "@/app/ui/link/nav-link";
import { TextLink } from "@/app/ui/link/text-link";
import { words } from "@/lib/words";

const PAGES = [
  ["/admin", "adminPage.overview"],
  ["/admin/users", "adminPage.users"],
  ["/admin/sessions", "adminPage.sessions"],
  ["/admin/activity", "adminPage.ledger"],
] as const;

type Crumb = { name: ReactNode; href?: string };

type Props = Omit<ComponentProps<typeof AccountPage>, "nav"> & {
  /** The pages above this one, and its own name, which leads nowhere. For pages that have no tab of their own. */
  crumbs?: Crumb[];
};

/** The frame of every administration page. The page itself must have checked the role. */
export function AdminPage({ crumbs, ...page }: Props) {
  const { t } = words();

  return (
    <AccountPage
      {...page}
      nav={
        <>
          <nav
            aria-label={t("adminPage.administration")}
            className="-mx-1.5 mb-5 flex flex-wrap border-b border-line max-[23rem]:-mx-1 sm:gap-1 print:hidden"
          >
            {PAGES.map(([path, name]) => (
              <NavLink key={path} href={path} isSection={path !== "/admin"}>
                {t(name)}
              </NavLink>
            ))}
          </nav>
          {crumbs && <Breadcrumbs crumbs={crumbs} />}
        </>
      }
    />
  );
}

function Breadcrumbs({ crumbs }: { crumbs: Crumb[] }) {
  return (
    <nav aria-label={words().t("adminPage.breadcrumbs")} className="mb-2 print:hidden">
      <ol className="flex flex-wrap items-center gap-x-1.5 text-sm text-muted">
        {crumbs.map(({ name, href }, index) => (
          <li key={href ?? "here"} className="flex min-w-0 items-center gap-1.5">
            {index > 0 && <ChevronRight className="size-3.5 shrink-0 rtl:-scale-x-100" aria-hidden="true" />}
            {href ? (
              <TextLink href={href} className="font-normal text-muted wrap-anywhere">
                {name}
              </TextLink>
            ) : (
              <span aria-current="page" className="wrap-anywhere">
                {name}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
