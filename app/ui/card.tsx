"use client";

import type { ReactNode } from "react";

/** A titled section of a page. */
export function Card({
  title,
  id,
  aside,
  children,
}: {
  title: string;
  id?: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section id={id} className="rounded-xl border border-line bg-surface p-5 sm:p-6">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A section whose content is hidden until the user opens it, or `isOpen` becomes true. It works without JavaScript. */
export function FoldedCard({ title, isOpen, children }: { title: string; isOpen: boolean; children: ReactNode }) {
  return (
    <details open={isOpen} className="rounded-xl border border-line bg-surface">
      <summary className="cursor-pointer rounded-xl p-5 sm:p-6">
        <h2 className="inline font-semibold">{title}</h2>
      </summary>
      <div className="px-5 pb-5 sm:px-6 sm:pb-6">{children}</div>
    </details>
  );
}

/** Names and values, in two columns. */
export function Facts({ facts }: { facts: Record<string, ReactNode> }) {
  return (
    <dl className="divide-y divide-line text-sm">
      {Object.entries(facts).map(([name, value]) => (
        <div
          key={name}
          className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-4 py-2 sm:grid-cols-[10rem_minmax(0,1fr)]"
        >
          <dt className="text-muted wrap-anywhere">{name}</dt>
          <dd className="min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
