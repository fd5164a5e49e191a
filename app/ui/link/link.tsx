"use client";

import NextLink, { useLinkStatus } from "next/link";
import type { ComponentProps } from "react";
import { Progress } from "./progress";

/** A link to another of our pages, which shows when that page is loading. */
export function Link({ children, ...props }: ComponentProps<typeof NextLink>) {
  return (
    <NextLink {...props}>
      {children}
      <LinkProgress />
    </NextLink>
  );
}

function LinkProgress() {
  return useLinkStatus().pending && <Progress />;
}
