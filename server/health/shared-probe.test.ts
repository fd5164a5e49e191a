import { expect, test } from "vitest";
import { sharedProbe } from "./shared-probe";

test("concurrent callers share one probe, and a caller after the result has expired starts a new one", async () => {
  let looks = 0;
  const ask = sharedProbe(async () => ++looks, { keeps: 0, patience: 1000, otherwise: 0 });
  expect(await Promise.all(Array.from({ length: 1000 }, ask))).toEqual(Array(1000).fill(1));
  expect(await ask()).toBe(2);
});

test("a result is reused until it expires", async () => {
  let looks = 0;
  const ask = sharedProbe(async () => ++looks, { keeps: 60_000, patience: 1000, otherwise: 0 });
  await ask();
  expect(await ask()).toBe(1);
});

test("a probe that takes too long is replaced by the fallback result", async () => {
  const ask = sharedProbe(() => new Promise<string>(() => {}), { keeps: 0, patience: 20, otherwise: "no answer" });
  expect(await Promise.all([ask(), ask()])).toEqual(["no answer", "no answer"]);
});
