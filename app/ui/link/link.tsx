"use client";

import NextLink, { useLinkStatus } from "next/link";
import type { ComponentProps } from "react";
import { Progress } from "./progress";

/** A link to another page of ours, which shows that the page is on its way. */
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
