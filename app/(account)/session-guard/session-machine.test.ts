import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "@/lib/env";
import type { Answer } from "./session-client";
import { begin, isNear, isOver, next, type SessionEvent, type State } from "./session-machine";
import type { Times } from "./times";

const START = Date.parse("2026-03-01T12:00:00Z");
const ADA = { id: "ada", name: "Ada", email: "ada@example.com", role: "user" as const };
const GRACE = { ...ADA, id: "grace", name: "Grace", email: "grace@example.com" };

const ENDED: Answer = { state: "ended" };
const IDLE: Answer = { state: "lapsed", lapse: { reason: "idle", lifetime: 900 } };
const OFFLINE: Answer = { state: "unknown" };

/** The times of a session last used at `used` and checked at `asked`, both in milliseconds since START. */
function times(used: number, asked = used): Times {
  const [idleAt, totalAt] = [used + 15 * MINUTE, DAY];
  return {
    handle: "h",
    idleAt: time(Math.min(idleAt, totalAt)),
    totalAt: time(totalAt),
    now: time(asked),
  };
}

function time(sinceStart: number): string {
  return new Date(START + sinceStart).toISOString();
}

function live(of: Times, person = ADA): Answer {
  return { state: "live", times: of, person };
}

/** The response to a check that was sent at the moment `at`. */
function answered(at: number, answer: Answer, more: { isSecond?: boolean; isActing?: boolean; now?: number } = {}) {
  return { type: "answered", at, answer, isSecond: false, isActing: false, now: START, ...more } as const;
}

function through(state: State, ...events: SessionEvent[]): State {
  return events.reduce(next, state);
}

const OPEN = begin({ times: times(0), person: ADA, publicComputer: false });
const PUBLIC = begin({ times: times(0), person: ADA, publicComputer: true });
const LAPSED = through(OPEN, answered(1, IDLE));

/** The same response to both checks of a session. */
function twice(answer: Answer, more: { isActing?: boolean } = {}) {
  return [answered(1, answer, more), answered(2, answer, { ...more, isSecond: true })] as const;
}

describe("before the session ends", () => {
  test("the page checks two minutes before the idle timeout, and not a millisecond earlier", () => {
    expect(isNear(OPEN.times, START + 13 * MINUTE - 1)).toBe(false);
    expect(isNear(OPEN.times, START + 13 * MINUTE)).toBe(true);
  });

  test("the page warns only if the session was not used elsewhere", () => {
    expect(next(OPEN, answered(1, live(times(0, 13 * MINUTE)))).view.kind).toBe("warned");
    const used = next(OPEN, answered(1, live(times(10 * MINUTE, 13 * MINUTE))));
    expect(used).toMatchObject({ view: { kind: "live" }, times: times(10 * MINUTE, 13 * MINUTE) });
  });

  test("the warning disappears when the user says that they are there", () => {
    const warned = next(OPEN, answered(1, live(times(0, 13 * MINUTE))));
    expect(next(warned, { type: "used", at: 2, times: times(14 * MINUTE) }).view.kind).toBe("live");
  });

  test("no warning comes before the absolute timeout, because use cannot postpone it", () => {
    const old = times(DAY - MINUTE);
    expect(old.idleAt).toBe(old.totalAt);
    expect(next(OPEN, answered(1, live(old))).view.kind).toBe("live");
    expect(isNear(old, START + DAY - 1)).toBe(false);
  });
});

describe("when the session expires", () => {
  test("a session is over at its idle or absolute timeout, and not a millisecond earlier", () => {
    expect(isOver(times(0), START + 15 * MINUTE - 1)).toBe(false);
    expect(isOver(times(0), START + 15 * MINUTE)).toBe(true);
    expect(isOver(times(DAY - MINUTE), START + DAY - 1)).toBe(false);
    expect(isOver(times(DAY - MINUTE), START + DAY)).toBe(true);
  });

  test.each([
    { reason: "idle", lifetime: 900 },
    { reason: "expired", lifetime: 86_400 },
  ] as const)("the page says why and offers to log in again: $reason", (lapse) => {
    const warned = next(OPEN, answered(1, live(times(0, 14 * MINUTE))));
    const doubted = next(OPEN, answered(1, ENDED));
    for (const state of [OPEN, warned, doubted])
      expect(next(state, answered(2, { state: "lapsed", lapse }))).toMatchObject({
        view: { kind: "lapsed", lapse },
        isDoubted: false,
      });
  });

  test("a page that hears it only at the second check offers to log in again, too", () => {
    for (const first of [ENDED, { state: "unproven" } as const]) {
      const doubted = next(OPEN, answered(1, first));
      expect(next(doubted, answered(2, IDLE, { isSecond: true })).view.kind).toBe("lapsed");
      // Two checks at once: the other one has heard it before.
      expect(through(doubted, answered(2, IDLE), answered(3, IDLE, { isSecond: true })).view.kind).toBe("lapsed");
    }
  });

  test("on a public computer the page does not offer to log in again: it is covered, then left", () => {
    const [first, second] = twice(IDLE);
    const covered = next(PUBLIC, first);
    expect(covered).toMatchObject({ view: { kind: "covered" }, isDoubted: true });
    expect(next(covered, second).view.kind).toBe("over");
  });

  test("when the same user logs in again, the page is live again", () => {
    const again = next(LAPSED, { type: "used", at: 2, times: times(20 * MINUTE) });
    expect(again).toMatchObject({ view: { kind: "live" }, person: ADA, times: times(20 * MINUTE) });
  });

  test("a late end of the old session does not remove the form to log in again", () => {
    const told = next(LAPSED, { type: "ended", at: 2 });
    expect(told.view).toEqual(LAPSED.view);
    expect(next(told, answered(3, ENDED))).toMatchObject({ view: LAPSED.view, isDoubted: true });
    expect(next(told, { type: "used", at: 4, times: times(20 * MINUTE) }).view.kind).toBe("live");
  });

  test("a page that has been left stays left", () => {
    const over = through(OPEN, ...twice(ENDED));
    const later = { at: 9, times: times(20 * MINUTE) };
    expect(through(over, { type: "used", ...later }, answered(10, live(later.times))).view.kind).toBe("over");
  });
});

describe("when the session was ended elsewhere", () => {
  test("the page is covered at once, and left after two responses", () => {
    const told = next(OPEN, { type: "ended", at: 1 });
    expect(told).toMatchObject({ view: { kind: "covered" }, isDoubted: false });
    const first = next(told, answered(2, ENDED));
    expect(first).toMatchObject({ view: { kind: "covered" }, isDoubted: true });
    expect(next(first, answered(3, ENDED, { isSecond: true })).view.kind).toBe("over");
  });

  test("an action of the page that renews its cookie does not make the page blink", () => {
    const during = next(OPEN, answered(1, ENDED, { isActing: true }));
    expect(during).toMatchObject({ view: { kind: "live" }, isDoubted: true });
    expect(next(during, answered(2, live(times(MINUTE)), { isSecond: true })).isDoubted).toBe(false);
    const told = next(OPEN, { type: "ended", at: 1 });
    expect(next(told, answered(2, ENDED, { isActing: true })).view.kind).toBe("covered");
  });

  test("during an action of the page that may have ended the session, it stays covered", () => {
    expect(through(OPEN, ...twice(ENDED, { isActing: true })).view.kind).toBe("covered");
  });
});

describe("offline", () => {
  test("an outage is not a logout: whatever the page shows stays", () => {
    for (const state of [OPEN, LAPSED, next(OPEN, { type: "ended", at: 1 })])
      expect(next(state, answered(2, OFFLINE))).toBe(state);
    const doubted = next(OPEN, answered(1, ENDED));
    expect(next(doubted, answered(2, OFFLINE, { isSecond: true }))).toBe(doubted);
  });

  test("the warning comes by the known times, and only on an open page", () => {
    const soon = answered(2, OFFLINE, { now: START + 13 * MINUTE });
    expect(next(OPEN, soon).view.kind).toBe("warned");
    expect(next(OPEN, { ...soon, now: soon.now - 1 }).view.kind).toBe("live");
    expect(next(LAPSED, soon)).toBe(LAPSED);
  });
});

describe("back from the bfcache", () => {
  test("a page with an active session is shown, with the user's current name", () => {
    const renamed = { ...ADA, name: "Ada Lovelace" };
    const back = next(OPEN, answered(1, live(times(5 * MINUTE, 9 * MINUTE), renamed)));
    expect(back).toMatchObject({ view: { kind: "live" }, person: renamed });
  });

  test("a page with an ended session is left, and one with an expired session offers to log in again", () => {
    expect(through(OPEN, ...twice(ENDED)).view.kind).toBe("over");
    expect(next(OPEN, answered(1, IDLE)).view.kind).toBe("lapsed");
  });

  test("a page of another user is never shown: it is left", () => {
    const [first, second] = twice(live(times(MINUTE), GRACE));
    const covered = next(OPEN, first);
    expect(covered).toMatchObject({ view: { kind: "covered" }, person: ADA });
    expect(next(covered, second).view.kind).toBe("over");
    expect(through(LAPSED, ...twice(live(times(MINUTE), GRACE))).view.kind).toBe("over");
  });
});

describe("with several tabs", () => {
  test("a tab that receives a new cookie during a check stays open", () => {
    const doubted = next(OPEN, answered(1, ENDED));
    const sure = next(doubted, answered(2, live(times(MINUTE)), { isSecond: true }));
    expect(sure).toMatchObject({ view: { kind: "live" }, isDoubted: false });
  });

  test("two concurrent checks do not count as a second check", () => {
    expect(through(OPEN, answered(1, ENDED), answered(2, ENDED)).view.kind).toBe("covered");
  });

  test("use in one tab removes the warning in another", () => {
    const warned = next(OPEN, answered(1, live(times(0, 14 * MINUTE))));
    expect(next(warned, answered(2, live(times(14 * MINUTE)))).view.kind).toBe("live");
  });

  test("a page rendered again after a log-in is open, with the new user", () => {
    const rendered = {
      type: "rendered",
      at: 2,
      times: times(20 * MINUTE),
      person: GRACE,
      publicComputer: true,
    } as const;
    expect(next(LAPSED, rendered)).toMatchObject({ view: { kind: "live" }, person: GRACE, publicComputer: true });
  });
});

describe("when responses arrive out of order", () => {
  test("the response to a check from before a log-in cannot end the new session", () => {
    const again = next(LAPSED, { type: "used", at: 3, times: times(20 * MINUTE) });
    for (const answer of [ENDED, IDLE]) {
      expect(next(again, answered(2, answer))).toBe(again);
      expect(next(again, answered(2, answer, { isSecond: true }))).toBe(again);
    }
  });

  test("the response to a check from before the end cannot uncover the page", () => {
    for (const state of [next(OPEN, { type: "ended", at: 2 }), next(OPEN, answered(2, IDLE))])
      expect(next(state, answered(1, live(times(0))))).toBe(state);
  });

  test("older times do not replace newer ones", () => {
    const used = next(OPEN, { type: "used", at: 2, times: times(14 * MINUTE) });
    expect(next(used, answered(1, live(times(0, 14 * MINUTE))))).toBe(used);
  });
});

describe("when the browser does not show that it is the device that logged in", () => {
  const UNPROVEN: Answer = { state: "unproven" };

  test("the page asks for the password after a second such response, and is covered until then", () => {
    const [first, second] = twice(UNPROVEN);
    expect(through(OPEN, first)).toMatchObject({ view: { kind: "covered" }, isDoubted: true });
    expect(through(OPEN, first, second).view.kind).toBe("unproven");
  });

  test("a page whose browser could show it at the second check goes on", () => {
    const [first] = twice(UNPROVEN);
    expect(through(OPEN, first, answered(2, live(times(0)), { isSecond: true })).view.kind).toBe("live");
  });

  test("the page goes on once the password was entered, and stays as it is while further checks say the same", () => {
    const asking = through(OPEN, ...twice(UNPROVEN));
    expect(through(asking, answered(3, UNPROVEN)).view.kind).toBe("unproven");
    expect(through(asking, answered(3, live(times(0)))).view.kind).toBe("live");
  });
});
