"use client";

import type { ReactNode } from "react";
import { useScreenParts } from "./screen-parts";

/**
 * The frame of a small page with one task. Error pages use it, so every page loads it.
 * Therefore its link is a plain one, without the code of Next.js's links.
 */
export function Screen({ title, children }: { title: string; children: ReactNode }) {
  const { logo, footer } = useScreenParts();

  return (
    <main className="mx-auto flex min-h-dvh max-w-100 flex-col justify-center gap-6 px-5 py-10">
      <a href="/" className="self-start rounded-lg">
        {logo}
      </a>
      <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
      {children}
      <div className="mt-6">{footer}</div>
    </main>
  );
}
