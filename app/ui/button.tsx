import type { ComponentProps } from "react";

const SHAPE =
  "inline-flex min-h-11 items-center justify-center gap-2 rounded-lg border px-4 text-sm font-medium transition-colors disabled:cursor-default disabled:opacity-60 sm:min-h-10 forced-colors:disabled:border-[GrayText] forced-colors:disabled:text-[GrayText]";

const KINDS = {
  primary: "border-transparent bg-action text-on-action hover:bg-action-hover",
  danger: "border-danger/40 bg-surface text-danger hover:bg-danger-ground",
  secondary: "border-line bg-surface text-ink hover:bg-sunken",
};

export type Look = { kind?: keyof typeof KINDS; className?: string | undefined };

export function Button({ kind, className, ...props }: ComponentProps<"button"> & Look) {
  return <button className={buttonLook({ kind, className })} {...props} />;
}

/** The CSS classes that make an element look like a button. */
export function buttonLook({ kind = "primary", className = "" }: Look = {}): string {
  return `${SHAPE} ${KINDS[kind]} ${className}`;
}
