import { expect, test } from "vitest";
import { Line } from "./line";

/** Work that lasts until it is let go. */
function work(): { done: Promise<void>; letGo: () => void } {
  let letGo = () => {};
  const done = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { done, letGo };
}

test("nobody waits for longer than the line's patience, and the place is free again", async () => {
  const line = new Line({ places: 1, longest: 10, patience: 20 });
  const { done, letGo } = work();
  const served = line.serve(() => done, { lane: "known", signal: null });

  await expect(line.serve(async () => {}, { lane: "known", signal: null })).rejects.toThrow("too long");
  expect(line.load).toEqual({ waiting: 0, running: 1 });
  letGo();
  await served;
  expect(line.load).toEqual({ waiting: 0, running: 0 });
});

test("work that fails gives its place to the next", async () => {
  const line = new Line({ places: 1, longest: 10, patience: 1000 });
  const failing = line.serve(() => Promise.reject(new Error("no")), { lane: "known", signal: null });
  const next = line.serve(async () => "served", { lane: "known", signal: null });

  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("served");
});
