import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "@/lib/env";
import { judgeRotation, type Rotation, SETTLING, type Shown, unrotated } from "./rule";

const EVERY = 15 * MINUTE;
const START = new Date("2026-11-29T12:00:00Z");
const after = (milliseconds: number) => new Date(START.getTime() + milliseconds);
const judge = (its: Rotation, shown: Shown, since = 0, client = "another") =>
  judgeRotation(its, shown, { now: after(since), client, every: EVERY });

const FIRST: Shown = { generation: 0, client: null };
const [OURS, THEIRS] = ["ours", "theirs"];
/** Generation 3, first used at the start. */
const fresh: Rotation = { generation: 3, since: START.getTime(), client: null, returns: 0 };
const settled: Rotation = { ...fresh, client: OURS };

test("a cookie is offered its next generation after `TOKEN_ROTATION`, and not a millisecond before; that changes nothing", () => {
  for (const [its, shown] of [
    [unrotated(START), FIRST],
    [settled, { generation: 3, client: OURS }],
  ] as const) {
    expect(judge(its, shown, EVERY - 1)).toEqual({ verdict: "good", next: null, offered: null });
    expect(judge(its, shown, EVERY)).toEqual({ verdict: "good", next: null, offered: its.generation + 1 });
  }
});

test("a session rotates with the first use of a cookie of the next generation, also of one that it does not know of", () => {
  for (const [generation, previous] of [
    [4, OURS],
    [9, undefined],
  ] as const)
    expect(judge(settled, { generation, client: OURS }, EVERY)).toEqual({
      ...{ verdict: "good", offered: null },
      next: { generation, since: after(EVERY).getTime(), client: null, returns: 0, previous },
    });
});

test("the generation before counts, and is offered the new one, until the new one was used for a minute", () => {
  const before = { generation: 2, client: OURS };
  expect(judge(fresh, before, SETTLING / 2 - 1)).toEqual({ verdict: "good", next: null, offered: 3 });
  expect(judge(fresh, { generation: 3, client: OURS }, SETTLING - 1)).toEqual({
    verdict: "good",
    next: null,
    offered: null,
  });
  expect(judge(fresh, { generation: 3, client: OURS }, SETTLING)).toEqual({
    verdict: "good",
    next: settled,
    offered: null,
  });
  expect(judge(settled, before, SETTLING)).toEqual({ verdict: "replay" });
});

test("of the generation before, only the cookie with which it had settled counts", () => {
  const its = { ...fresh, previous: OURS };
  expect(judge(its, { generation: 2, client: OURS }, SECOND)).toMatchObject({ verdict: "good", offered: 3 });
  expect(judge(its, { generation: 2, client: THEIRS }, SECOND)).toEqual({ verdict: "replay" });
});

test("a browser that crashed comes back days later with the generation before, and has another minute", () => {
  const before = { generation: 2, client: OURS };
  const returned = { ...fresh, since: after(3 * DAY).getTime(), returns: 1 };
  expect(judge(fresh, before, 3 * DAY)).toEqual({ verdict: "good", next: returned, offered: 3 });
  // The other tabs that it restores.
  expect(judge(returned, before, 3 * DAY + SECOND)).toEqual({ verdict: "good", next: null, offered: 3 });
  expect(judge(returned, { generation: 3, client: OURS }, 3 * DAY + SETTLING - 1)).toMatchObject({ next: null });
});

test("the generation before cannot come back for ever", () => {
  let its = fresh;
  let at = 0;
  for (let round = 0; round < 10; round++) {
    at += SETTLING;
    const judged = judge(its, { generation: 2, client: THEIRS }, at);
    if (judged.verdict === "good" && judged.next) its = judged.next;
  }
  expect(its.returns).toBe(3);
  expect(judge(its, { generation: 3, client: OURS }, at)).toMatchObject({ next: { client: OURS } });
});

test("a generation of which two clients have a cookie is a replay for the one that comes second once it has settled", () => {
  for (const client of [OURS, THEIRS]) expect(judge(fresh, { generation: 3, client }, SECOND).verdict).toBe("good");
  expect(judge(settled, { generation: 3, client: THEIRS }, HOUR)).toEqual({ verdict: "replay" });
  expect(judge(settled, { generation: 3, client: OURS }, HOUR).verdict).toBe("good");
});

test("any earlier generation is a replay, and so is the session cookie alone", () => {
  for (const its of [fresh, settled])
    for (const shown of [{ generation: 1, client: OURS }, FIRST])
      expect(judge(its, shown, HOUR)).toEqual({ verdict: "replay" });
});

test("a request of the client with the newest cookie that comes late is no replay for five minutes, and changes nothing", () => {
  const before = { generation: 2, client: OURS };
  expect(judge(settled, before, 5 * MINUTE - 1, OURS)).toEqual({ verdict: "late" });
  expect(judge(settled, before, 5 * MINUTE, OURS)).toEqual({ verdict: "replay" });
  expect(judge(settled, before, 5 * MINUTE - 1, THEIRS)).toEqual({ verdict: "replay" });
  expect(judge(settled, { ...before, generation: 1 }, 5 * MINUTE - 1, OURS)).toEqual({ verdict: "replay" });
  expect(judge(settled, { generation: 3, client: THEIRS }, 5 * MINUTE - 1, OURS)).toEqual({ verdict: "replay" });
});
