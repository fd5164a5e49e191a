"use client";

import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { useFormStatus } from "react-dom";
import { Button } from "./button";

/** Sends its form, says that it is working, and cannot be pressed twice. */
export function SubmitButton({ children, working, ...props }: ComponentProps<typeof Button> & { working: string }) {
  const { pending } = useFormStatus();

  return (
    <Button type="submit" disabled={pending} {...props}>
      {pending && <LoaderCircle className="size-4 animate-spin" aria-hidden="true" />}
      {pending ? working : children}
    </Button>
  );
}
