import Link from "next/link";
import type { ComponentProps } from "react";

const SHAPE =
  "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg px-4 text-sm font-medium transition-colors disabled:cursor-default disabled:opacity-60 sm:min-h-10";

const KINDS = {
  primary: "bg-action text-on-action hover:bg-action-hover",
  danger: "border border-danger/40 bg-surface text-danger hover:bg-danger-ground",
  secondary: "border border-line bg-surface text-ink hover:bg-sunken",
};

type Kind = { kind?: keyof typeof KINDS };

export function Button({ kind = "primary", className = "", ...props }: ComponentProps<"button"> & Kind) {
  return <button className={`${SHAPE} ${KINDS[kind]} ${className}`} {...props} />;
}

/** Leads somewhere, and looks like a button because it is the thing to do next. */
export function ButtonLink({ kind = "primary", className = "", ...props }: ComponentProps<typeof Link> & Kind) {
  return <Link className={`${SHAPE} ${KINDS[kind]} ${className}`} {...props} />;
}
