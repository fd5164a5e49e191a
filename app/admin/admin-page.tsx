import type { ComponentProps } from "react";
import { AccountPage } from "@/app/(account)/account-page";
import { NavLink } from "@/app/ui/link/nav-link";

const PAGES = [
  ["/admin", "Overview"],
  ["/admin/users", "Users"],
  ["/admin/sessions", "Sessions"],
  ["/admin/activity", "Ledger"],
] as const;

/** The frame of every administration page. The page itself must have checked the role. */
export function AdminPage(props: Omit<ComponentProps<typeof AccountPage>, "nav">) {
  return (
    <AccountPage
      {...props}
      nav={
        <nav
          aria-label="Administration"
          className="-mx-1.5 mb-5 flex flex-wrap border-b border-line sm:gap-1 print:hidden"
        >
          {PAGES.map(([path, name]) => (
            <NavLink key={path} href={path} isSection={path !== "/admin"}>
              {name}
            </NavLink>
          ))}
        </nav>
      }
    />
  );
}
