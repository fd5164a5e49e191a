import fc from "fast-check";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { oneAddress, rangeOfBeginning, within } from "./network";

test("an address gets the spelling of Postgres, however it was written", async () => {
  const group = fc.constantFrom("0", "0", "0", "0000", "1", "0db8", "FFFF", "c000");
  const withZeros = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":"));
  const written = fc.sample(fc.oneof(fc.ipV6(), fc.ipV4(), withZeros), 5000);

  const rows = await db().$queryRaw<{ spelled: string }[]>`
    SELECT host(written::inet) AS spelled FROM unnest(${written}::text[]) WITH ORDINALITY AS t (written, place) ORDER BY place`;
  const spelled = rows.map((row) => row.spelled.replace(/^::ffff:(?=\d+\.)/, ""));
  expect(written.map(oneAddress)).toEqual(spelled);
});

test.each([
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.77", false],
  ["192.0.2.7/24", "192.0.2.255", true],
  ["192.0.2.0/24", "192.0.3.0", false],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["0.0.0.0/0", "", false],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "192.0.2.7", false],
])("the range %s has the address %j: %s", (range, address, expected) => {
  expect(within(range)(address)).toBe(expected);
});

test.each([
  ["10.", "10.0.0.0/8"],
  ["192.0", "192.0.0.0/16"],
  ["192.0.2.", "192.0.2.0/24"],
  ["2001:db8", "2001:db8::/32"],
  ["2001:DB8:0:", "2001:db8::/48"],
  ["1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0/112"],
  ...["", "10", ".", ":", "10..", "300.1", "192.0.2.7", "192.0.2.7.", "2001:db8::", "1:2:3:4:5:6:7:8", "1:", "x:1"].map(
    (text) => [text, text === "1:" ? "1::/16" : ""],
  ),
])("the beginning %j of an address is the range %j", async (text, range) => {
  expect(rangeOfBeginning(text)).toBe(range);
  // Postgres takes it, and none of its bits is outside the range.
  if (range)
    expect(await db().$queryRaw`SELECT ${range}::inet = network(${range}::inet) AS ok`).toEqual([{ ok: true }]);
});
