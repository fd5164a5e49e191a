/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { ageRecovery } from "@/testing/recoveries";
import { disableUser, enableUser } from "./administration";
import { createOneTimeToken, findOneTimeToken } from "./one-time-tokens";
import {
  barRecovery,
  countOverRecoveries,
  findRecovery,
  isBarred,
  isInDispute,
  resendLastLink,
  startRecovery,
  sweepRecoveries,
  withdrawRecovery,
} from "./recoveries";
import { createUser } from "./store";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };

async function newUser() {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role: "user" });
}

async function recovering(how?: { isDisputed: boolean }) {
  const user = await newUser();
  await transaction((tx) => startRecovery(tx, user, CLIENT, how));
  return user;
}

async function stepsMailedTo({ email }: { email: string }): Promise<string[]> {
  const mails = await db().mail.findMany({ where: { recipient: email, kind: "recovery" }, orderBy: { id: "asc" } });
  return mails.map(({ details }) => String((details as { step: string }).step));
}

test("a recovery waits a day, and asking again neither restarts nor shortens that", async () => {
  const user = await recovering();
  const first = await findRecovery(user.id);
  expect(Number(first?.dueAt) - Number(first?.startedAt)).toBe(DAY);

  await ageRecovery(user, 2 * HOUR);
  const older = await findRecovery(user.id);
  await transaction((tx) => startRecovery(tx, user, CLIENT));
  expect(await findRecovery(user.id)).toEqual(older);
  expect(await stepsMailedTo(user)).toEqual(["started"]);
  const lines = await db().ledgerLine.findMany({ where: { userId: user.id } });
  expect(lines).toMatchObject([{ event: "user_updated", reason: "recovery-started" }]);
});

test("a recovery is mailed about daily, its link once after the delay, and it is over with that link", async () => {
  const user = await recovering();
  await db()
    .$executeRaw`UPDATE factor_recoveries SET due_at = due_at + interval '1 day' WHERE user_id = ${user.id}::uuid`;
  const sweptAfter = async (milliseconds: number) => {
    await ageRecovery(user, milliseconds);
    await sweepRecoveries();
    return stepsMailedTo(user);
  };
  expect(await sweptAfter(23 * HOUR)).toEqual(["started"]);
  expect(await sweptAfter(HOUR)).toEqual(["started", "reminder"]);
  expect(await sweptAfter(0)).toEqual(["started", "reminder"]);
  expect(await sweptAfter(24 * HOUR)).toEqual(["started", "reminder", "due"]);
  expect(await sweptAfter(23 * HOUR)).toEqual(["started", "reminder", "due"]);
  expect(await sweptAfter(HOUR)).toEqual(["started", "reminder", "due", "reminder"]);
  expect((await findRecovery(user.id))?.sentAt).toBeInstanceOf(Date);

  await ageRecovery(user, 2 * DAY);
  expect(await countOverRecoveries()).toBe(1);
  expect(await sweepRecoveries()).toBe(1);
  expect(await findRecovery(user.id)).toBeNull();
});

test("a stopped recovery leaves no link and no queued email, and is in the ledger", async () => {
  const [user, other] = [await recovering(), await recovering()];
  const tokens = await Promise.all(
    (["confirm-recovery", "cancel-recovery", "finish-recovery"] as const).map((kind) =>
      createOneTimeToken({ kind, about: user.id, email: user.email, userId: user.id }),
    ),
  );
  const reset = await createOneTimeToken({ kind: "reset", about: user.id, email: user.email, userId: user.id });
  const by = { byUserId: user.id, ...CLIENT };

  expect(await transaction((tx) => withdrawRecovery(tx, user.id, by))).toBe(true);
  expect(await transaction((tx) => withdrawRecovery(tx, user.id, by))).toBe(false);
  for (const token of tokens)
    expect(await findOneTimeToken(token, "confirm-recovery", "cancel-recovery", "finish-recovery")).toBeNull();
  expect(await findOneTimeToken(reset, "reset")).not.toBeNull();
  expect(await stepsMailedTo(user)).toEqual([]);
  const lines = await db().ledgerLine.findMany({ where: { userId: user.id }, orderBy: { id: "asc" } });
  expect(lines.map(({ reason }) => reason)).toEqual(["recovery-started", "recovery-cancelled"]);
  expect(await findRecovery(other.id)).not.toBeNull();
});

test("after a stop with a code, no recovery can start for seven days, not even after a new password", async () => {
  const user = await recovering();
  await ageRecovery(user, DAY);
  await sweepRecoveries();
  const by = { byUserId: user.id, ...CLIENT };
  expect(await transaction((tx) => barRecovery(tx, user.id, by))).toBe(true);
  expect(await transaction((tx) => barRecovery(tx, user.id, by))).toBe(false);
  // As a new password does, which takes a mailbox alone.
  expect(await transaction((tx) => withdrawRecovery(tx, user.id, by))).toBe(false);

  const start = () => transaction((tx) => startRecovery(tx, user, CLIENT));
  await ageRecovery(user, 7 * DAY - HOUR);
  await sweepRecoveries();
  await start();
  expect(await findRecovery(user.id)).toBeNull();
  expect(await isBarred(user.id)).toBe(true);
  expect(await stepsMailedTo(user)).toEqual([]);

  await ageRecovery(user, HOUR);
  expect(await isBarred(user.id)).toBe(false);
  await start();
  expect(await findRecovery(user.id)).not.toBeNull();
});

test("denied factors stay denied when nobody ends their recovery: its emails end, and another link is a request away", async () => {
  const [user, other] = [await recovering({ isDisputed: true }), await recovering()];
  for (const each of [user, other]) await ageRecovery(each, DAY);
  await sweepRecoveries();
  const steps = ["started", "due"];
  expect(await stepsMailedTo(user)).toEqual(steps);

  for (let day = 1; day <= 3; day++) {
    for (const each of [user, other]) await ageRecovery(each, DAY);
    await sweepRecoveries();
    if (day < 3) steps.push("reminder");
    expect(await stepsMailedTo(user), `day ${day}`).toEqual(steps);
  }
  expect(await findRecovery(other.id)).toBeNull();
  for (const age of [DAY, 365 * DAY]) {
    await ageRecovery(user, age);
    expect(await sweepRecoveries()).toBe(0);
    expect(await isInDispute(user.id)).toBe(true);
  }
  expect(await stepsMailedTo(user)).toEqual(steps);

  expect(await transaction((tx) => resendLastLink(tx, user))).toBe(true);
  expect(await transaction((tx) => resendLastLink(tx, other))).toBe(false);
  expect(await stepsMailedTo(user)).toEqual([...steps, "due"]);
});

test("the link that ends a recovery is not emailed before its delay is over", async () => {
  const user = await recovering();
  await ageRecovery(user, DAY - HOUR);
  expect(await transaction((tx) => resendLastLink(tx, user))).toBe(false);
  await ageRecovery(user, HOUR);
  expect(await transaction((tx) => resendLastLink(tx, user))).toBe(true);
  expect(await stepsMailedTo(user)).toEqual(["started", "due"]);
});

test("no change of the account brings denied factors back, only their owner's word, and the last link comes again", async () => {
  const user = await recovering({ isDisputed: true });
  await ageRecovery(user, DAY);
  await sweepRecoveries();
  const links = async () => (await stepsMailedTo(user)).filter((step) => step === "due").length;
  expect(await links()).toBe(1);
  const by = { byUserId: user.id, ...CLIENT };
  expect(await transaction((tx) => withdrawRecovery(tx, user.id, by))).toBe(false);
  await sweepRecoveries();
  expect(await links()).toBe(2);

  const action = { userId: null, note: "away", userAgent: null, ipAddress: null };
  await disableUser(user.id, action);
  await ageRecovery(user, DAY);
  await sweepRecoveries();
  // Nobody can log in to it, so there is nothing to say.
  expect(await links()).toBe(2);
  await enableUser(user.id, action);
  expect(await isInDispute(user.id)).toBe(true);

  expect(await transaction((tx) => withdrawRecovery(tx, user.id, by, { evenDisputed: true }))).toBe(true);
  expect(await isInDispute(user.id)).toBe(false);
});

test("a recovery ends with the account, and when that is disabled", async () => {
  const [deleted, disabled] = [await recovering(), await recovering()];
  await db().user.delete({ where: { id: deleted.id }, select: { id: true } });
  await disableUser(disabled.id, { userId: null, note: "left", userAgent: null, ipAddress: null });

  for (const { id } of [deleted, disabled]) expect(await findRecovery(id)).toBeNull();
  expect(await stepsMailedTo(disabled)).toEqual([]);
});
