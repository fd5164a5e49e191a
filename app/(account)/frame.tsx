"use client";

import type { ReactNode } from "react";
import type { Person } from "@/app/(account)/session-guard/session-client";
import { SessionGuard, useLiveSession } from "@/app/(account)/session-guard/session-guard";
import type { Times } from "@/app/(account)/session-guard/times";
import { LogoutButton } from "@/app/(auth)/logout/logout-button";
import { Link } from "@/app/ui/link/link";
import { NavLink } from "@/app/ui/link/nav-link";
import { Logo } from "@/app/ui/logo";
import { PageFooter } from "@/app/ui/page-footer";
import { Toasts } from "@/app/ui/toast";
import type { Answers } from "@/lib/api/schema";
import { usePrivateWords } from "@/lib/i18n/react";
import { isolated } from "@/lib/text/isolated";
import { Commands, OpenCommands } from "./commands";
import { PersonButton, PersonPanel } from "./person-menu";
import { PAGES } from "./places";
import { RecoveryNotice } from "./recovery-notice";

type Props = {
  person: Person;
  times: Times;
  publicComputer: boolean;
  hasSecondFactor: boolean;
  /** The recovery of the user's second factor; undefined without a second factor. */
  recovery: Answers["/api/recovery"] | undefined;
  /** The version of the product. */
  version: string;
  title: ReactNode;
  /** The navigation of a section, such as the administration. */
  nav?: ReactNode;
  children: ReactNode;
};

/** The frame of every private page: the session guard, the navigation and the log-out button. */
export function Frame({ version, title, nav, children, times, recovery, ...of }: Props) {
  const { t } = usePrivateWords();

  return (
    <Toasts>
      <SessionGuard initial={times} {...of}>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:absolute focus:m-3 focus:rounded-lg focus:bg-surface focus:p-3"
        >
          {t("frame.skip")}
        </a>
        <Header />
        <main id="main" className="mx-auto max-w-5xl px-5 py-6">
          {recovery && <RecoveryNotice initial={recovery} />}
          {nav}
          <h1 className="mb-4 text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {children}
        </main>
        {/* At the end of the page, where it hides no text that comes later; it opens beside its button. */}
        <PersonPanel />
        <PageFooter version={version} className="mx-auto max-w-5xl px-5 pb-6" />
        <PrintedFor />
      </SessionGuard>
    </Toasts>
  );
}

/** One row: the navigation, the user as last reported by the server, and the log-out button. */
function Header() {
  const { person, times } = useLiveSession();
  const { t } = usePrivateWords();
  const isAdministrator = person.role === "admin";

  return (
    <header className="print:hidden border-b border-line bg-surface">
      <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-2 px-5 pt-3 lg:pt-0">
        {/* Its name gives way to the buttons, so that they stay beside it. */}
        <div className="flex min-w-7 flex-1 basis-7 lg:me-4 lg:flex-none">
          <Link href="/dashboard" className="flex min-w-0 items-center rounded-lg lg:py-3">
            <Logo isNarrow />
          </Link>
        </div>
        <nav
          aria-label={t("frame.main")}
          className="order-last -mx-1.5 mt-1 flex grow basis-full overflow-x-auto whitespace-nowrap sm:-mx-2 sm:flex-wrap sm:gap-1 sm:overflow-visible max-[23rem]:-mx-1 lg:order-none lg:mx-0 lg:mt-0 lg:grow-0 lg:basis-auto lg:self-stretch"
        >
          {PAGES.map(([path, key]) => (
            <NavLink key={path} href={path} isSection>
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
        <div className="ms-auto flex items-center gap-2 lg:py-2">
          <OpenCommands />
          <PersonButton person={person} />
          <LogoutButton kind="secondary" until={times.totalAt} />
        </div>
      </div>
      <Commands isAdministrator={isAdministrator} />
    </header>
  );
}

/** On paper, the page ends with whose it is, and when it was shown. Generated, so that no search finds it on the screen. */
function PrintedFor() {
  const { person, times } = useLiveSession();
  const { product, moment } = usePrivateWords();
  const line = [product, person.name, person.email, moment(new Date(times.now), "seconds")].map(isolated).join(" · ");

  return <p data-line={line} className="hidden px-5 text-sm before:content-[attr(data-line)] print:block" />;
}
