import type { ComponentProps } from "react";
import { AccountPage } from "@/app/(account)/account-page";
import { NavLink } from "@/app/ui/link/nav-link";
import { words } from "@/lib/words";

const PAGES = [
  ["/admin", "adminPage.overview"],
  ["/admin/users", "adminPage.users"],
  ["/admin/sessions", "adminPage.sessions"],
  ["/admin/activity", "adminPage.ledger"],
] as const;

/** The frame of every administration page. The page itself must have checked the role. */
export function AdminPage(props: Omit<ComponentProps<typeof AccountPage>, "nav">) {
  const { t } = words();

  return (
    <AccountPage
      {...props}
      nav={
        <nav
          aria-label={t("adminPage.administration")}
          className="-mx-1.5 mb-5 flex flex-wrap border-b border-line sm:gap-1 print:hidden"
        >
          {PAGES.map(([path, name]) => (
            <NavLink key={path} href={path} isSection={path !== "/admin"}>
              {t(name)}
            </NavLink>
          ))}
        </nav>
      }
    />
  );
}
