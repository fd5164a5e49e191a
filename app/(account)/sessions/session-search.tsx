"use client";

import { useCallback, useEffect, useRef } from "react";
import { Button } from "@/app/ui/button";
import { INPUT } from "@/app/ui/form/input-look";
import { usePrivateWords } from "@/lib/i18n/react";
import { parseSort, SORTS, type Wanted } from "./arrange";

type Props = { wanted: Wanted; onChange: (wanted: Wanted) => void };

/** Searches and sorts the sessions while the user types. Without JavaScript, the form loads the page again. */
export function SessionSearch({ wanted, onChange }: Props) {
  const { t } = usePrivateWords();
  const form = useRef<HTMLFormElement>(null);
  const look = useCallback(() => {
    const fields = new FormData(form.current ?? undefined);
    onChange({ search: String(fields.get("search") ?? ""), sort: parseSort(fields.get("sort")) });
  }, [onChange]);
  // The fields may have been changed before the page's scripts ran.
  useEffect(look, [look]);

  return (
    <search>
      <form
        ref={form}
        action="/sessions"
        onChange={look}
        onSubmit={(event) => event.preventDefault()}
        className="mb-4 flex flex-wrap gap-2"
      >
        <input
          type="search"
          name="search"
          aria-label={t("sessions.search")}
          placeholder={t("sessions.search")}
          autoComplete="off"
          defaultValue={wanted.search}
          className={`${INPUT} min-w-0 flex-1 basis-40`}
        />
        <select
          name="sort"
          aria-label={t("sessions.sort")}
          defaultValue={wanted.sort}
          className={`${INPUT} flex-1 basis-36 sm:max-w-48`}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(`sessions.sort-${sort}`)}
            </option>
          ))}
        </select>
        <noscript>
          <Button type="submit" kind="secondary">
            {t("sessions.search")}
          </Button>
        </noscript>
      </form>
    </search>
  );
}
