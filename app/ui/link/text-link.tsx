import type { ComponentProps } from "react";
import { Link } from "./link";

/** A link within text. */
export function TextLink({ className = "", ...props }: ComponentProps<typeof Link>) {
  return <Link className={`font-medium text-ink underline underline-offset-4 ${className}`} {...props} />;
}
