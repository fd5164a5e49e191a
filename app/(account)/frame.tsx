"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { LogoutButton } from "@/app/(auth)/logout/logout-button";
import { Mark } from "@/app/ui/mark";
import { NavLink } from "@/app/ui/nav-link";
import { Toasts } from "@/app/ui/toast";
import { Commands, OpenCommands } from "./commands";
import { LiveSession, type Person } from "./live/live-session";
import type { Times } from "./live/times";
import { PAGES } from "./places";

type Props = {
  person: Person;
  isAdministrator: boolean;
  times: Times;
  publicComputer: boolean;
  title: string;
  /** Where else one may go from here, if this is one page of several. */
  nav?: ReactNode;
  children: ReactNode;
};

/** What is around every page of a signed-in person: their session, the way to the other pages, and out. */
export function Frame({ person, isAdministrator, times, publicComputer, title, nav, children }: Props) {
  return (
    <Toasts>
      <LiveSession initial={times} person={person} publicComputer={publicComputer}>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:absolute focus:m-3 focus:rounded-lg focus:bg-surface focus:p-3"
        >
          Skip to content
        </a>
        <header className="print:hidden border-b border-line bg-surface">
          <div className="mx-auto flex max-w-5xl items-center gap-4 px-5 py-3">
            <Link href="/dashboard" className="mr-auto rounded-lg">
              <Mark />
            </Link>
            <span className="hidden truncate text-sm text-muted sm:block">{person.email}</span>
            <OpenCommands />
            <LogoutButton kind="secondary" until={times.totalAt} />
          </div>
          <nav aria-label="Main" className="mx-auto flex max-w-5xl overflow-x-auto px-3.5 sm:gap-1 sm:px-3">
            {PAGES.map(([path, name]) => (
              <NavLink key={path} href={path}>
                {name}
              </NavLink>
            ))}
            {isAdministrator && (
              <NavLink href="/admin" isSection>
                <span className="sm:hidden">Admin</span>
                <span className="hidden sm:inline">Administration</span>
              </NavLink>
            )}
          </nav>
        </header>
        <main id="main" className="mx-auto max-w-5xl px-5 py-6">
          {nav}
          <h1 className="mb-4 text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {children}
        </main>
        <Commands isAdministrator={isAdministrator} />
      </LiveSession>
    </Toasts>
  );
}
