"use client";

import type { ReactNode } from "react";
import type { Person } from "@/app/(account)/session-guard/session-client";
import { SessionGuard, useLiveSession } from "@/app/(account)/session-guard/session-guard";
import type { Times } from "@/app/(account)/session-guard/times";
import { LogoutButton } from "@/app/(auth)/logout/logout-button";
import { Isolated } from "@/app/ui/isolated";
import { Link } from "@/app/ui/link/link";
import { NavLink } from "@/app/ui/link/nav-link";
import { Logo } from "@/app/ui/logo";
import { PageFooter } from "@/app/ui/page-footer";
import { Toasts } from "@/app/ui/toast";
import { useWords } from "@/lib/i18n/react";
import { Commands, OpenCommands } from "./commands";
import { PAGES } from "./places";

type Props = {
  person: Person;
  times: Times;
  publicComputer: boolean;
  /** The version of the product. */
  version: string;
  title: ReactNode;
  /** The navigation of a section, such as the administration. */
  nav?: ReactNode;
  children: ReactNode;
};

/** The frame of every private page: the session guard, the navigation and the log-out button. */
export function Frame({ person, times, publicComputer, version, title, nav, children }: Props) {
  const { t } = useWords();

  return (
    <Toasts>
      <SessionGuard initial={times} person={person} publicComputer={publicComputer}>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:absolute focus:m-3 focus:rounded-lg focus:bg-surface focus:p-3"
        >
          {t("frame.skip")}
        </a>
        <Header />
        <main id="main" className="mx-auto max-w-5xl px-5 py-6">
          {nav}
          <h1 className="mb-4 text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {children}
        </main>
        <PageFooter version={version} className="mx-auto max-w-5xl px-5 pb-6" />
      </SessionGuard>
    </Toasts>
  );
}

/** Shows the user, as last reported by the server, and the navigation. */
function Header() {
  const { person, times } = useLiveSession();
  const { t } = useWords();
  const isAdministrator = person.role === "admin";

  return (
    <header className="print:hidden border-b border-line bg-surface">
      <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
        <Link href="/dashboard" className="mr-auto rounded-lg">
          <Logo />
        </Link>
        <span className="min-w-0 truncate text-sm text-muted max-sm:order-last max-sm:basis-full">
          <Isolated>{person.email}</Isolated>
        </span>
        <OpenCommands />
        <LogoutButton kind="secondary" until={times.totalAt} />
      </div>
      <nav aria-label={t("frame.main")} className="mx-auto flex max-w-5xl flex-wrap px-3.5 sm:gap-1 sm:px-3">
        {PAGES.map(([path, key]) => (
          <NavLink key={path} href={path}>
            {t(key)}
          </NavLink>
        ))}
        {isAdministrator && (
          <NavLink href="/admin" isSection>
            <span className="sm:hidden">{t("frame.admin")}</span>
            <span className="hidden sm:inline">{t("frame.administration")}</span>
          </NavLink>
        )}
      </nav>
      <Commands isAdministrator={isAdministrator} />
    </header>
  );
}
