"use client";

import { useWords } from "@/lib/i18n/react";

/** The application's mark and name, on the smallest screens without its name if it `isNarrow`. */
export function Logo({ isNarrow }: { isNarrow?: boolean }) {
  const { product, logo } = useWords();

  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-2 font-semibold tracking-tight">
      {logo ? (
        // biome-ignore lint/performance/noImgElement: Next.js would need a size, and has nothing to optimise
        <img src={logo} alt="" className="h-7 max-w-40 min-w-0 object-contain" />
      ) : (
        <Mark />
      )}
      <span className={`truncate ${isNarrow ? "max-[22rem]:sr-only" : ""}`}>{product}</span>
    </span>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-7 shrink-0" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#1c1a17" />
      <g fill="none" stroke="#dcb25e" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <circle cx="12" cy="12.5" r="4.6" />
        <path d="M15.4 15.9 24 24.5M20.6 21.1l2.6-2.6" />
      </g>
    </svg>
  );
}
