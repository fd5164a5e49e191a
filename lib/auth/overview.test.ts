/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { barRecovery, findRecovery, startRecovery } from "@/lib/users/recoveries";
import { createUser } from "@/lib/users/store";
import { createSession } from "@/testing/sessions";
import { OVERVIEW } from "./overview";

const CLIENT = { userAgent: "Test", ipAddress: null };

test("a recovery is on the dashboard until somebody stops it with a code", async () => {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Ada", passwordHash: "none", role: "user" });
  const token = await createSession(user, { ...CLIENT, publicComputer: false, previousToken: null });
  const shown = async () => {
    const read = await sessionStore().findWith<{ recovery: { dueAt: string } | null }>(token, OVERVIEW);
    return read?.about.recovery && new Date(read.about.recovery.dueAt);
  };
  expect(await shown()).toBeNull();

  await transaction((tx) => startRecovery(tx, { id: user.id, email }, CLIENT));
  const recovery = await findRecovery(user.id);
  expect(recovery).not.toBeNull();
  expect(await shown()).toEqual(recovery?.dueAt);

  await transaction((tx) => barRecovery(tx, user.id, { byUserId: user.id, ...CLIENT }));
  expect([await findRecovery(user.id), await shown()]).toEqual([null, null]);
});
