"use client";

import { useEffect, useState } from "react";
import { listen } from "./connection";

/**
 * What the server says at `path`, beginning with what the page was rendered with:
 * asked for again whenever something about the account changes. Asking is not use.
 */
export function useLive<T>(path: string, initial: T): T {
  const [value, setValue] = useState(initial);

  useEffect(() => setValue(initial), [initial]);

  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
      // Whoever is signed out, or cannot be recognised, sees what was there before; the page says why.
      if (answer?.ok && !isOver) setValue(await answer.json());
    };
    const stop = listen((news) => news === "ended" || ask());
    return () => {
      isOver = true;
      stop();
    };
  }, [path]);

  return value;
}
