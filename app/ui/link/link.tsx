"use client";

import NextLink, { useLinkStatus } from "next/link";
import type { ComponentProps } from "react";
import { Progress } from "./progress";

/**
 * A link to another of our pages, which shows when that page is loading. Pages are rendered for each request, so one that
 * is fetched ahead would be rendered, discarded, and rendered again when the link is followed.
 */
export function Link({ children, ...props }: ComponentProps<typeof NextLink>) {
  return (
    <NextLink {...props} prefetch={false}>
      {children}
      <LinkProgress />
    </NextLink>
  );
}

function LinkProgress() {
  return useLinkStatus().pending && <Progress />;
}
