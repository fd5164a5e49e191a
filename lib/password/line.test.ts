import { expect, test, vi } from "vitest";
import { Line } from "./line";

/** Work that runs until `letGo` is called. */
function work(): { done: Promise<void>; letGo: () => void } {
  let letGo = () => {};
  const done = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { done, letGo };
}

test("no work waits longer than the maximum, and then its place is free again", async () => {
  const line = new Line({ places: 1, longest: 10, patience: 20 });
  const { done, letGo } = work();
  const served = line.serve(() => done, { lane: "known", signal: null });

  await expect(line.serve(async () => {}, { lane: "known", signal: null })).rejects.toThrow("too long");
  expect(line.load).toEqual({ waiting: 0, running: 1 });
  letGo();
  await served;
  expect(line.load).toEqual({ waiting: 0, running: 0 });
});

test("work that fails frees its place for the next", async () => {
  const line = new Line({ places: 1, longest: 10, patience: 1000 });
  const failing = line.serve(() => Promise.reject(new Error("no")), { lane: "known", signal: null });
  const next = line.serve(async () => "served", { lane: "known", signal: null });

  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("served");
});

test("work is not begun if its client has already disconnected", async () => {
  const line = new Line({ places: 1, longest: 10, patience: 1000 });
  await expect(line.serve(async () => {}, { lane: "known", signal: AbortSignal.abort() })).rejects.toThrow(
    "disconnected",
  );
  expect(line.load).toEqual({ waiting: 0, running: 0 });
});

test("each lane has its own limit, and a full lane leaves the other open", async () => {
  const line = new Line({ places: 1, longest: 2, patience: 1000 });
  const { done, letGo } = work();
  const serve = (lane: "known" | "strangers") => line.serve(() => done, { lane, signal: null });
  const served = ["known", "strangers", "strangers", "known", "known"].map((lane) => serve(lane as "known"));

  await expect(serve("strangers")).rejects.toThrow("full");
  await expect(serve("known")).rejects.toThrow("full");
  letGo();
  await Promise.all(served);
});

test("the lanes take turns, however many wait in the other", async () => {
  const line = new Line({ places: 1, longest: 10, patience: 1000 });
  const { done, letGo } = work();
  const order: string[] = [];
  const served = ["first", "known", "known", "known", "strangers", "strangers"].map((name) => {
    const lane = name === "strangers" ? "strangers" : "known";
    return line.serve(() => done.then(() => void order.push(name)), { lane, signal: null });
  });
  letGo();
  await Promise.all(served);

  expect(order).toEqual(["first", "known", "strangers", "known", "strangers", "known"]);
});

test("work that is being served no longer times out, so waiting work keeps its place", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const line = new Line({ places: 1, longest: 10, patience: 1000 });
  const [before, long] = [work(), work()];
  const first = line.serve(() => before.done, { lane: "known", signal: null });
  const second = line.serve(() => long.done, { lane: "known", signal: null });
  before.letGo();
  await first;
  vi.advanceTimersByTime(500);
  const third = line.serve(async () => "served", { lane: "known", signal: null });
  vi.advanceTimersByTime(600);
  expect(line.load).toEqual({ waiting: 1, running: 1 });

  long.letGo();
  await second;
  expect(await third).toBe("served");
  vi.useRealTimers();
});
