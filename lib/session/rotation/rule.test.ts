import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "@/lib/env";
import { judgeTurn, type Rotation, SETTLING, type Shown, unturned } from "./rule";

const EVERY = 15 * MINUTE;
const START = new Date("2026-11-29T12:00:00Z");
const after = (milliseconds: number) => new Date(START.getTime() + milliseconds);
const judge = (its: Rotation, shown: Shown, since = 0) => judgeTurn(its, shown, { now: after(since), every: EVERY });

const FIRST: Shown = { turn: 0, client: null };
const [OURS, THEIRS] = ["ours", "theirs"];
/** Turn 3, first used at the start. */
const fresh: Rotation = { turn: 3, since: START.getTime(), client: null, returns: 0 };
const settled: Rotation = { ...fresh, client: OURS };

test("a cookie is offered its next turn after `TOKEN_ROTATION`, and not a millisecond before; that changes nothing", () => {
  for (const [its, shown] of [
    [unturned(START), FIRST],
    [settled, { turn: 3, client: OURS }],
  ] as const) {
    expect(judge(its, shown, EVERY - 1)).toEqual({ isReplay: false, next: null, offered: null });
    expect(judge(its, shown, EVERY)).toEqual({ isReplay: false, next: null, offered: its.turn + 1 });
  }
});

test("a session turns with the first use of a cookie of the next turn, also of one that it does not know of", () => {
  for (const turn of [4, 9])
    expect(judge(settled, { turn, client: OURS }, EVERY)).toEqual({
      ...{ isReplay: false, offered: null },
      next: { turn, since: after(EVERY).getTime(), client: null, returns: 0 },
    });
});

test("the turn before counts, and is offered the new one, until the new one was used for a minute", () => {
  const before = { turn: 2, client: OURS };
  expect(judge(fresh, before, SETTLING / 2 - 1)).toEqual({ isReplay: false, next: null, offered: 3 });
  expect(judge(fresh, { turn: 3, client: OURS }, SETTLING - 1)).toEqual({ isReplay: false, next: null, offered: null });
  expect(judge(fresh, { turn: 3, client: OURS }, SETTLING)).toEqual({ isReplay: false, next: settled, offered: null });
  expect(judge(settled, before, SETTLING)).toEqual({ isReplay: true });
});

test("a browser that crashed comes back days later with the turn before, and has another minute", () => {
  const before = { turn: 2, client: OURS };
  const returned = { ...fresh, since: after(3 * DAY).getTime(), returns: 1 };
  expect(judge(fresh, before, 3 * DAY)).toEqual({ isReplay: false, next: returned, offered: 3 });
  // The other tabs that it restores.
  expect(judge(returned, before, 3 * DAY + SECOND)).toEqual({ isReplay: false, next: null, offered: 3 });
  expect(judge(returned, { turn: 3, client: OURS }, 3 * DAY + SETTLING - 1)).toMatchObject({ next: null });
});

test("the turn before cannot come back for ever", () => {
  let its = fresh;
  let at = 0;
  for (let round = 0; round < 10; round++) {
    at += SETTLING;
    const judged = judge(its, { turn: 2, client: THEIRS }, at);
    if (!judged.isReplay && judged.next) its = judged.next;
  }
  expect(its.returns).toBe(3);
  expect(judge(its, { turn: 3, client: OURS }, at)).toMatchObject({ next: { client: OURS } });
});

test("a turn of which two clients have a cookie is a replay for the one that comes second once it has settled", () => {
  for (const client of [OURS, THEIRS]) expect(judge(fresh, { turn: 3, client }, SECOND).isReplay).toBe(false);
  expect(judge(settled, { turn: 3, client: THEIRS }, HOUR)).toEqual({ isReplay: true });
  expect(judge(settled, { turn: 3, client: OURS }, HOUR).isReplay).toBe(false);
});

test("any earlier turn is a replay, and so is the session cookie alone", () => {
  for (const its of [fresh, settled])
    for (const shown of [{ turn: 1, client: OURS }, FIRST]) expect(judge(its, shown, HOUR)).toEqual({ isReplay: true });
});
