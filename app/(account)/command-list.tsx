"use client";

import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { INPUT } from "@/app/ui/form/input-look";
import type { Answers } from "@/lib/api/schema";
import { usePrivateWords } from "@/lib/i18n/react";
import type { PrivateWords } from "@/lib/i18n/words";
import type { ShownSession } from "@/lib/session/session-view";
import { isolated } from "@/lib/text/isolated";
import { findPeople, type Person } from "../admin/users/actions";
import { placesFor } from "./places";
import { recentPeople } from "./recent-people";
import { nameOf, uniqueNames } from "./sessions/session-look";
import { areSingleKeysOn } from "./single-keys";

type Props = {
  isAdministrator: boolean;
  onGo: (path: string) => void;
  onKeys: () => void;
  onLogout: () => void;
  /** Logs out another device of the user, by the handle of its session. */
  onLogoutOf: (handle: string) => void;
};

type Command = {
  name: string;
  /** Further words by which it is found. */
  also?: string;
  /** The keys that do the same. */
  keys?: string | false | undefined;
  act: () => void;
};

/**
 * A list of commands to search by name: a combobox as in the ARIA Authoring Practices.
 * The list keeps its height, so that nothing moves while the user types.
 */
export function CommandList({ isAdministrator, onGo, onKeys, onLogout, onLogoutOf }: Props) {
  const [query, setQuery] = useState("");
  // Nothing is selected at first, so Enter does nothing.
  const [current, setCurrent] = useState(-1);
  const id = useId();
  const words = usePrivateWords();
  const { t, locale } = words;
  const sessions = useSessions();
  const people = useRecentPeople(isAdministrator);
  const hasKeys = areSingleKeysOn();

  const all: Command[] = [
    ...placesFor(isAdministrator).map(([path, key, letter]) => ({
      name: t(key),
      keys: hasKeys && letter && `G ${letter.toUpperCase()}`,
      act: () => onGo(path),
    })),
    { name: t("frame.keys"), keys: hasKeys && "?", act: onKeys },
    { name: t("frame.logOut"), act: onLogout },
    ...logoutsOf(sessions, words).map(({ handle, ...command }) => ({ ...command, act: () => onLogoutOf(handle) })),
    ...people.flatMap((one) => commandsFor(one, words).map(({ path, name }) => ({ name, act: () => onGo(path) }))),
  ];
  const sought = query.trim().replace(/^(find|disable)\s+/i, "");
  // A whole name first, so that Enter after "log out" logs out here, and not the other devices.
  const isWhole = (name: string) => name.toLocaleLowerCase(locale) === query.trim().toLocaleLowerCase(locale);
  const found = all
    .filter(({ name, also }) => isMeant(`${name} ${also ?? ""}`, query, locale))
    .toSorted((a, b) => Number(isWhole(b.name)) - Number(isWhole(a.name)));
  if (isAdministrator && sought) {
    const path = `/admin/users?search=${encodeURIComponent(sought)}`;
    found.push({ name: t("frame.findUser", { text: isolated(sought) }), act: () => onGo(path) });
  }

  function press(event: KeyboardEvent) {
    // The key belongs to an IME composition, for example of a Korean syllable.
    if (event.nativeEvent.isComposing || found.length === 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") found[current]?.act();
    if (step) setCurrent((Math.max(current, step === 1 ? -1 : 0) + step + found.length) % found.length);
    if (event.key === "Enter" || step) event.preventDefault();
  }

  return (
    <div className="flex flex-col gap-2">
      <input
        data-first
        role="combobox"
        aria-label={t("frame.commands")}
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-activedescendant={found[current] && `${id}-${current}`}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={t("frame.commandsHint")}
        value={query}
        onChange={({ currentTarget }) => {
          setQuery(currentTarget.value);
          setCurrent(currentTarget.value ? 0 : -1);
        }}
        onKeyDown={press}
        className={INPUT}
      />
      <div className="flex h-72 max-h-[50dvh] flex-col">
        <div
          id={id}
          role="listbox"
          aria-label={t("frame.commands")}
          hidden={found.length === 0}
          className="min-h-0 overflow-y-auto"
        >
          {found.map(({ name, keys, act }, index) => (
            <button
              key={name}
              ref={(option) => {
                if (index === current) option?.scrollIntoView({ block: "nearest" });
              }}
              id={`${id}-${index}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              onMouseMove={() => index === current || setCurrent(index)}
              onClick={act}
              // Generated, because the name of a command is what it does.
              data-keys={keys || undefined}
              className="flex min-h-11 w-full items-center rounded-lg px-3 text-start text-sm aria-selected:bg-sunken sm:min-h-10 forced-colors:aria-selected:bg-[Highlight] forced-colors:aria-selected:text-[HighlightText] forced-colors:aria-selected:forced-color-adjust-none data-keys:after:ms-auto data-keys:after:ps-3 data-keys:after:text-xs data-keys:after:whitespace-nowrap data-keys:after:text-muted data-keys:after:content-[attr(data-keys)/''] forced-colors:aria-selected:after:text-[HighlightText]"
            >
              {name}
            </button>
          ))}
        </div>
        <p role="status" className="text-sm text-muted not-empty:p-3">
          {found.length === 0 ? t("frame.noCommand") : null}
        </p>
      </div>
    </div>
  );
}

/** The users whom this administrator opened last in this tab, once their names are known. */
function useRecentPeople(isAdministrator: boolean): Person[] {
  const { person } = useLiveSession();
  const [people, setPeople] = useState<Person[]>([]);

  useEffect(() => {
    const ids = isAdministrator ? recentPeople(person.id) : [];
    if (ids.length === 0) return;
    const form = new FormData();
    form.set("users", ids.join(" "));
    // Without them, the other commands remain.
    findPeople(form).then(setPeople, () => {});
  }, [isAdministrator, person.id]);

  return people;
}

/** What an administrator can do with a user: each leads to a page, which asks before anything happens. */
function commandsFor({ id, name, email, canBeDisabled }: Person, { t }: PrivateWords) {
  const named = { name: isolated(name), email: isolated(email) };
  const path = `/admin/users/${id}`;
  return [
    { path, name: t("frame.openPerson", named) },
    ...(canBeDisabled ? [{ path: `${path}/disable`, name: t("frame.disablePerson", named) }] : []),
  ];
}

/** The user's sessions, once they are known. */
function useSessions(): ShownSession[] {
  const [sessions, setSessions] = useState<ShownSession[]>([]);

  useEffect(() => {
    const ask = async () => {
      const answer = await fetch("/api/sessions", { cache: "no-store" });
      if (answer.ok) setSessions(((await answer.json()) as Answers["/api/sessions"]).sessions);
    };
    // Without them, the other commands remain.
    ask().catch(() => {});
  }, []);

  return sessions;
}

/** For each other session of the user, how its logout is found: by its name, and by what people call such a device. */
function logoutsOf(sessions: ShownSession[], words: PrivateWords) {
  const names = uniqueNames(sessions, (session) => nameOf(session, words));
  return sessions
    .filter(({ isThis }) => !isThis)
    .map(({ handle, device, system }) => ({
      handle,
      name: words.t("sessions.signOutNamed", { name: isolated(names.get(handle) ?? "") }),
      also: system === "iOS" ? `${device} ${device === "tablet" ? "iPad" : "iPhone"}` : device,
    }));
}

/**
 * Whether the name contains every word of the query. Both are decomposed first: then "세셔", on
 * the way to "세션", is a part of it already, and "e" is a part of "é".
 */
function isMeant(name: string, query: string, locale: string): boolean {
  const plain = (text: string) => text.normalize("NFKD").toLocaleLowerCase(locale);
  const all = plain(name);
  return plain(query)
    .split(/\s+/)
    .every((word) => all.includes(word));
}
