"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Link } from "./link";

type Props = {
  href: string;
  /** Whether pages below this path count as this page. */
  isSection?: boolean;
  children: ReactNode;
};

/** A link in a navigation, marked if it is the current page or section. */
export function NavLink({ href, isSection, children }: Props) {
  const path = usePathname();
  const isBelow = isSection && path.startsWith(`${href}/`);

  return (
    <Link
      href={href}
      aria-current={path === href ? "page" : isBelow ? "true" : undefined}
      className="flex min-h-11 shrink-0 items-center border-b-2 border-transparent px-1.5 text-sm -outline-offset-2 max-[23rem]:px-1 max-[23rem]:text-xs sm:px-2 text-muted hover:text-ink aria-[current]:border-ink aria-[current]:font-medium aria-[current]:text-ink sm:min-h-10 forced-colors:border-[Canvas] forced-colors:aria-[current]:border-[Highlight]"
    >
      {children}
    </Link>
  );
}
