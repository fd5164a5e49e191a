import { expect, test } from "vitest";
import type { ShownDevice } from "@/lib/session/devices";
import { wordsIn } from "@/lib/words";
import { arrange, parseSort, type Wanted } from "./arrange";

const words = wordsIn("en", "Asia/Seoul");
/** 01:00 on the 29th in Seoul. */
const NOW = "2026-11-28T16:00:00.000Z";

function session(handle: string, lastSeen: string, rest: Partial<ShownDevice> = {}): ShownDevice {
  const address = { firstAddress: null, lastAddress: "203.0.113.7", firstPlace: null, lastPlace: null };
  const looks = { name: null, browser: "Firefox", system: "Linux", device: "computer" as const, ...address };
  const times = {
    since: lastSeen,
    confirmedAt: lastSeen,
    confirmedUntil: null,
    idleAt: NOW,
    totalAt: NOW,
    why: "",
    boundAt: null,
  };
  const proved = { proof: "password", level: 1 as const };
  const is = { handle, isThis: false, isBindable: false, hasPage: false, publicComputer: false, lastSeen };
  return { ...is, ...looks, ...proved, ...times, ...rest };
}

const SEOUL = { name: "Seoul, South Korea", latitude: 37.566, longitude: 126.9784 };

const SESSIONS = [
  session("b", "2026-11-28T15:10:00.000Z"),
  session("c", "2026-11-28T14:50:00.000Z", { since: "2026-11-28T14:50:00.000Z", firstAddress: "198.51.100.9" }),
  session("d", "2026-11-20T12:00:00.000Z", { since: "2026-11-01T12:00:00.000Z", lastPlace: SEOUL }),
  session("e", "2026-11-10T12:00:00.000Z", { since: "2026-11-10T12:00:00.000Z", browser: "Safari", system: "iOS" }),
  session("this", "2026-11-01T12:00:00.000Z", { isThis: true }),
];
const NAMES = new Map(Object.entries({ b: "Desk 10", c: "Desk 9", d: "Kitchen", e: "Ｐhone", this: "Here" }));

function shown({ search = "", sort = "used" }: Partial<Wanted>) {
  const groups = arrange(SESSIONS, { search, sort, now: NOW, names: NAMES }, words);
  return groups.map(({ name, sessions }) => [name, sessions.map(({ handle }) => handle).join()]);
}

test("this session comes first, then the others by the time since their last use", () => {
  expect(shown({})).toEqual([
    [null, "this"],
    // "Today" is the reader's day: in Seoul it began an hour ago.
    ["today", "b"],
    ["week", "c"],
    ["fortnight", "d"],
    ["older", "e"],
  ]);
});

test("by log-in, the groups tell the time since the log-in", () => {
  expect(shown({ sort: "since" }).slice(-1)).toEqual([["older", "e,d"]]);
});

test("by name, there are no groups, and numbers are in their order", () => {
  expect(shown({ sort: "name" })).toEqual([[null, "this,c,b,d,e"]]);
});

test.each([
  ["desk", "b,c"],
  [" phone ", "e"],
  ["firefox on linux", "this,b,c,d"],
  ["198.51.100.9", "c"],
  ["south korea", "d"],
  ["nothing", ""],
])("a search for %j ignores case and width, in names, browsers, addresses and places", (search, found) => {
  const all = arrange(SESSIONS, { search, sort: "name", now: NOW, names: NAMES }, words);
  const handles = all.flatMap(({ sessions }) => sessions.map(({ handle }) => handle));
  expect(handles.sort().join()).toBe(found.split(",").sort().join());
});

test("an unknown order is that of the last use", () => {
  expect([parseSort("name"), parseSort("toString"), parseSort(["name"]), parseSort(undefined)]).toEqual([
    "name",
    "used",
    "used",
    "used",
  ]);
});
