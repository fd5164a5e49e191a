"use client";

import NextLink, { useLinkStatus } from "next/link";
import type { ComponentProps } from "react";
import { Progress } from "./progress";

/**
 * A link to another of our pages, which shows when that page is loading. It fetches no page ahead: each is rendered for
 * its request, so Next.js would discard it and fetch it again when somebody follows the link.
 */
export function Link({ children, ...props }: Omit<ComponentProps<typeof NextLink>, "prefetch">) {
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
