import { afterEach, expect, test, vi } from "vitest";
import { type Confirmation, Receipts, type Told } from "./receipts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** Receipts that record what they pass on to other instances. */
function receipts() {
  const passed: Confirmation[][] = [];
  return { own: new Receipts((confirmations) => passed.push(confirmations)), passed };
}

function known(of: Receipts, key: string): Told {
  let told: Told | undefined;
  of.answer(key, (answer) => {
    told = answer;
  });
  return told as Told;
}

test("each tab counts once, and the number of tabs is what the browser says, up to 50", () => {
  const { own } = receipts();
  const ticket = own.issue("ada/1");
  expect(known(own, "ada/1")).toMatchObject({ pages: 1, blank: 0 });
  for (let time = 0; time < 3; time++) own.accept({ ticket, tab: "a", tabs: 3 });
  expect(known(own, "ada/1")).toMatchObject({ pages: 3, blank: 1 });
  for (let tab = 0; tab < 100; tab++) own.accept({ ticket, tab: `t${tab}`, tabs: 999 });
  expect(known(own, "ada/1")).toMatchObject({ pages: 50, blank: 50 });
});

test("a forged ticket counts nowhere, and costs the database nothing", async () => {
  const [mine, theirs] = [receipts(), receipts()];
  const [id = "", signature = ""] = theirs.own.issue("ada/1").split(".");
  for (const ticket of ["", ".", id, `${id}.`, `${id}.${"é".repeat(11)}`, `${"a".repeat(22)}.${signature}`])
    mine.own.accept({ ticket, tab: "a", tabs: 1 });
  mine.own.accept({ ticket: `${id}.${signature}`, tab: "a", tabs: 1 });
  await expect.poll(() => mine.passed).toEqual([[{ id, tab: "a", tabs: 1 }]]);
});

test("a flood of valid tickets is passed on in few messages that fit into Postgres' limit, and the rest is dropped", () => {
  vi.useFakeTimers();
  const [mine, theirs] = [receipts(), receipts()];
  const ticket = theirs.own.issue("ada/1");
  for (let tab = 0; tab < 5000; tab++) mine.own.accept({ ticket, tab: `tab${tab}`.padEnd(12, "x"), tabs: 999 });
  vi.advanceTimersByTime(60_000);
  expect(mine.passed.map((each) => each.length)).toEqual(Array(10).fill(50));
  for (const each of mine.passed) expect(JSON.stringify({ news: { confirmed: each } }).length).toBeLessThan(8000);
});

test("a ticket signed with an earlier secret is valid as long as that secret is in use", async () => {
  const [old, next] = ["o".repeat(64), "n".repeat(64)];
  const ticket = (await withSecrets(old)).own.issue("ada/1");
  const [both, one] = [await withSecrets(`${next},${old}`), await withSecrets(next)];
  for (const { own } of [both, one]) own.accept({ ticket, tab: "a", tabs: 1 });
  await expect.poll(() => both.passed.length).toBe(1);
  expect(one.passed).toEqual([]);
});

/** Receipts of an instance with these secrets, the newest first. */
async function withSecrets(secrets: string) {
  vi.resetModules();
  vi.stubEnv("SESSION_SECRET", secrets);
  const { Receipts } = await import("./receipts");
  const passed: Confirmation[][] = [];
  const own = new Receipts((confirmations) => passed.push(confirmations));
  // Reads the settings, before they change again.
  own.issue("nobody/1");
  return { own, passed };
}
