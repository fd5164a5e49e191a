import type { ComponentProps } from "react";
import { buttonLook, type Look } from "@/app/ui/button";
import { Link } from "./link";

/** A link that looks like a button, because it is the thing to do next. */
export function ButtonLink({ kind, className, ...props }: ComponentProps<typeof Link> & Look) {
  return <Link className={buttonLook({ kind, className })} {...props} />;
}
