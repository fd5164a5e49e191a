import fc from "fast-check";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { oneAddress } from "./network";

test("an address gets the spelling of Postgres, however it was written", async () => {
  const group = fc.constantFrom("0", "0", "0", "0000", "1", "0db8", "FFFF", "c000");
  const withZeros = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":"));
  const written = fc.sample(fc.oneof(fc.ipV6(), fc.ipV4(), withZeros), 5000);

  const rows = await db().$queryRaw<{ spelled: string }[]>`
    SELECT host(written::inet) AS spelled FROM unnest(${written}::text[]) WITH ORDINALITY AS t (written, place) ORDER BY place`;
  const spelled = rows.map((row) => row.spelled.replace(/^::ffff:(?=\d+\.)/, ""));
  expect(written.map(oneAddress)).toEqual(spelled);
});
