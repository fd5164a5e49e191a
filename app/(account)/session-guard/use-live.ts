"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { Answers } from "@/app/api/schema";
import { listen } from "./connection";

/**
 * What the server says at `path`, beginning with what the page was rendered with:
 * asked for again whenever something about the account changes. Asking is not use.
 */
export function useLive<Path extends keyof Answers>(path: Path, initial: Answers[Path]): Answers[Path] {
  const [value, setValue] = useState(initial);
  // Questions are counted. Answers may overtake each other, and only what was asked last is sure to know the last change.
  const asked = useRef(0);
  const shown = useRef(0);

  const ask = useCallback(async () => {
    const question = ++asked.current;
    const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
    // Whoever is signed out, or cannot be recognised, sees what was there before; the page says why.
    if (!answer?.ok) return;
    const said = await answer.json();
    if (question < shown.current) return;
    shown.current = question;
    setValue(said);
  }, [path]);

  useEffect(() => listen((news) => void (news === "ended" || ask())), [ask]);

  const rendered = useRef(initial);
  useEffect(() => {
    if (rendered.current === initial) return;
    rendered.current = initial;
    setValue(initial);
    // The page was rendered anew for an act of ours, perhaps before something that we have heard of by now.
    void ask();
  }, [initial, ask]);

  return value;
}
