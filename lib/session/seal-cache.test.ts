import { expect, test } from "vitest";
import { opened } from "./seal-cache";

const SECRETS = ["a secret for this test and for nothing else"];

/** A seal that opens to `content`, or fails to open if that is null. Counts how often it had to be opened. */
function sealOf(content: Record<string, unknown> | null) {
  const seal = {
    times: 0,
    open: async () => {
      seal.times++;
      if (!content) throw new Error("It does not open");
      return content;
    },
  };
  return seal;
}

test("a seal is opened once, then served from the cache", async () => {
  const seal = sealOf({ token: "one" });

  for (let time = 0; time < 3; time++) expect(await opened("good", SECRETS, seal.open)).toEqual({ token: "one" });
  expect(seal.times).toBe(1);
});

test("a seal that fails to open is tried once, and gives null each time", async () => {
  const seal = sealOf(null);

  for (let time = 0; time < 3; time++) expect(await opened("bad", SECRETS, seal.open)).toBeNull();
  expect(seal.times).toBe(1);
});

test("30,000 broken seals do not evict a valid one from the cache", async () => {
  const seal = sealOf({ token: "two" });
  await opened("kept", SECRETS, seal.open);
  for (let count = 0; count < 30_000; count++) await opened(`junk ${count}`, SECRETS, sealOf(null).open);
  await opened("kept", SECRETS, seal.open);

  expect(seal.times).toBe(1);
});

test("a change of secrets empties the cache, so a seal of a removed secret no longer opens", async () => {
  await opened("old", SECRETS, sealOf({ token: "three" }).open);
  const removed = sealOf(null);

  expect(await opened("old", ["another secret for this test and no other"], removed.open)).toBeNull();
  expect(removed.times).toBe(1);
});
