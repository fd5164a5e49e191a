import { expect, test } from "vitest";
import { lanesOf, stepFrom } from "./lanes";

const place = (start: number, end = start) => ({ start, end });

test("things that overlap, or are closer than the gap, are in different lanes", () => {
  const lanes = lanesOf([place(50, 60), place(0, 20), place(10, 30), place(30, 40), place(29.9)], 10);
  expect(lanes).toEqual([[place(0, 20), place(30, 40), place(50, 60)], [place(10, 30)], [place(29.9)]]);
});

test("a hundred short sessions, evenly spread, need no more lanes than their gap asks for", () => {
  const things = Array.from({ length: 100 }, (_, index) => place(index, index + 0.01));
  const lanes = lanesOf(things, 10);
  expect(lanes).toHaveLength(11);
  expect(lanes.flat()).toHaveLength(100);
});

test("the arrow keys lead through all lanes, and up and down to the nearest thing in time", () => {
  const lanes = [[place(0, 10), place(50, 60)], [place(5, 100)], [place(0), place(70)]];
  const from = (lane: number, index: number) => ({
    next: stepFrom(lanes, { lane, index }, "next"),
    previous: stepFrom(lanes, { lane, index }, "previous"),
    up: stepFrom(lanes, { lane, index }, "up"),
    down: stepFrom(lanes, { lane, index }, "down"),
  });

  expect(from(0, 0)).toEqual({
    next: { lane: 0, index: 1 },
    previous: null,
    up: null,
    down: { lane: 1, index: 0 },
  });
  expect(from(1, 0)).toEqual({
    next: { lane: 2, index: 0 },
    previous: { lane: 0, index: 1 },
    up: { lane: 0, index: 0 },
    down: { lane: 2, index: 1 },
  });
  expect(from(2, 1)).toEqual({ next: null, previous: { lane: 2, index: 0 }, up: { lane: 1, index: 0 }, down: null });
  expect(stepFrom(lanes, { lane: 1, index: 0 }, "first")).toEqual({ lane: 0, index: 0 });
  expect(stepFrom(lanes, { lane: 1, index: 0 }, "last")).toEqual({ lane: 2, index: 1 });
  expect(stepFrom(lanes, { lane: 9, index: 0 }, "next")).toBeNull();
});
