import Link from "next/link";
import type { ReactNode } from "react";
import { LogoutButton } from "@/app/(auth)/logout/logout-button";
import { Mark } from "@/app/ui/mark";
import { NavLink } from "@/app/ui/nav-link";
import type { Found } from "@/lib/session/store";
import { BlankWhenRestored } from "./blank-when-restored";

const PAGES = [
  ["/dashboard", "Dashboard"],
  ["/account", "Account"],
] as const;

type Props = { found: Found; title: string; children: ReactNode };

/** The frame of every page of a signed-in person. The page has checked who that is. */
export function AccountPage({ found: { session, user }, title, children }: Props) {
  return (
    <>
      <BlankWhenRestored handle={session.handle} />
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:m-3 focus:rounded-lg focus:bg-surface focus:p-3"
      >
        Skip to content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-5xl items-center gap-4 px-5 py-3">
          <Link href="/dashboard" className="mr-auto rounded-lg">
            <Mark />
          </Link>
          <span className="hidden truncate text-sm text-muted sm:block">{user.email}</span>
          <LogoutButton kind="secondary" until={session.totalAt} />
        </div>
        <nav aria-label="Main" className="mx-auto flex max-w-5xl gap-1 px-3">
          {PAGES.map(([path, name]) => (
            <NavLink key={path} href={path}>
              {name}
            </NavLink>
          ))}
        </nav>
      </header>
      <main id="main" className="mx-auto max-w-5xl px-5 py-8">
        <h1 className="mb-6 text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
        {children}
      </main>
    </>
  );
}
