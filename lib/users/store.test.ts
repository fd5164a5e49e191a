import { expect, test } from "vitest";
import { db } from "@/lib/db";

// ASVS 5.0, 6.3.2: there is no default account.
test("a new database has no account", async () => {
  expect(await db().user.count()).toBe(0);
});
