"use client";

import { createContext, type ReactNode, useContext } from "react";

type Parts = { logo: ReactNode; footer: ReactNode };

const PartsContext = createContext<Parts>({ logo: null, footer: null });

/**
 * Gives the logo and the footer to every small page inside it. The error pages, which every page
 * loads, then bring no code for them: each of these would bring the same code again.
 */
export function ScreenParts({ logo, footer, children }: Parts & { children: ReactNode }) {
  return <PartsContext value={{ logo, footer }}>{children}</PartsContext>;
}

/** The logo and the footer of a small page. */
export function useScreenParts(): Parts {
  return useContext(PartsContext);
}
