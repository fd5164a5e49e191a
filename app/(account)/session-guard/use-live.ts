"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { Answers } from "@/lib/api/schema";
import { listen } from "./connection";

/** How often to ask for changes of open pages to be announced, in milliseconds. The server announces them for a minute. */
const RENEWED = 45_000;

/**
 * The current value at `path`. It starts as the page was rendered, and is fetched again
 * whenever something about the account changes; `withPages`, also when a page is opened or closed in another browser.
 * Fetching does not count as use.
 */
export function useLive<Path extends keyof Answers>(
  path: Path,
  initial: Answers[Path],
  { withPages }: { withPages: boolean } = { withPages: false },
): Answers[Path] {
  const [value, setValue] = useState(initial);
  // Requests are numbered, because responses can arrive out of order, and only the latest request surely sees the last
  // change.
  const asked = useRef(0);
  const shown = useRef(0);

  const ask = useCallback(async () => {
    const question = ++asked.current;
    const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
    // Without a session, or in an outage, keep the previous value. The page itself says what is wrong.
    if (!answer?.ok) return;
    const said = await answer.json();
    if (question < shown.current) return;
    shown.current = question;
    setValue(said);
  }, [path]);

  useEffect(
    () =>
      listen((news) => {
        if (news !== "ended" && (withPages || news !== "pages")) void ask();
      }),
    [ask, withPages],
  );

  useEffect(() => {
    if (!withPages) return;
    const timer = setInterval(() => document.hidden || ask(), RENEWED);
    return () => clearInterval(timer);
  }, [ask, withPages]);

  const rendered = useRef(initial);
  useEffect(() => {
    if (rendered.current === initial) return;
    rendered.current = initial;
    setValue(initial);
    // This rendering may be older than an event that has arrived since, so fetch once more.
    void ask();
  }, [initial, ask]);

  return value;
}
