"use client";

import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { Button } from "@/app/ui/button";
import { useSending } from "./form";
import { useFocusBack } from "./use-focus-back";

/** A submit button that shows when its form is being sent, and cannot be pressed twice. */
export function SubmitButton({ children, working, ...props }: ComponentProps<typeof Button> & { working: string }) {
  const { isPending } = useSending();
  const button = useFocusBack(isPending);

  return (
    <Button ref={button} type="submit" disabled={isPending} {...props}>
      {isPending && <LoaderCircle className="size-4 animate-spin" aria-hidden="true" />}
      <span>{isPending ? working : children}</span>
    </Button>
  );
}
