import { expect, test } from "vitest";
import { sharedProbe } from "./shared-probe";

test("however many ask at once, it is looked once, and again when what was seen is too old", async () => {
  let looks = 0;
  const ask = sharedProbe(async () => ++looks, { keeps: 0, patience: 1000, otherwise: 0 });
  expect(await Promise.all(Array.from({ length: 1000 }, ask))).toEqual(Array(1000).fill(1));
  expect(await ask()).toBe(2);
});

test("what was seen is kept for a while", async () => {
  let looks = 0;
  const ask = sharedProbe(async () => ++looks, { keeps: 60_000, patience: 1000, otherwise: 0 });
  await ask();
  expect(await ask()).toBe(1);
});

test("who looks for too long is not waited for", async () => {
  const ask = sharedProbe(() => new Promise<string>(() => {}), { keeps: 0, patience: 20, otherwise: "no answer" });
  expect(await Promise.all([ask(), ask()])).toEqual(["no answer", "no answer"]);
});
