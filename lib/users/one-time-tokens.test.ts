/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import {
  createOneTimeToken,
  findOneTimeToken,
  spendOneTimeToken,
  sweepLinks,
  tokenIn,
  withdrawLater,
  withdrawLinks,
  withdrawSignUps,
} from "./one-time-tokens";
import { createUser } from "./store";

async function newUser() {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Test", passwordHash: "none", role: "user" });
}

async function resetLink(user = newUser()) {
  const { id, email } = await user;
  return { userId: id, token: await createOneTimeToken({ kind: "reset", about: id, email, userId: id }) };
}

/** Lets this many minutes pass for the link with this subject. */
async function age(subject: string, minutes: number) {
  await db()
    .$executeRaw`UPDATE links SET expires_at = expires_at - make_interval(mins => ${minutes}::int) WHERE subject = ${subject}`;
}

function spend(token: string) {
  return transaction((tx) => spendOneTimeToken(tx, token, "reset"));
}

// ASVS 5.0, 6.4.1: initial secrets are random, and expire.
test("a link's token has 256 bits, and the table stores only its hash", async () => {
  const { userId, token } = await resetLink();
  expect(token).toMatch(/^[\w-]{43}$/);

  const [row] = await db().$queryRaw<
    { text: string }[]
  >`SELECT links::text AS text FROM links WHERE user_id = ${userId}::uuid`;
  expect(row?.text).not.toContain(token);
  expect(row?.text).not.toContain(Buffer.from(token, "base64url").toString("hex"));
});

test("looking up a link does not spend it, and of eight concurrent attempts only one spends it", async () => {
  const { token } = await resetLink();
  for (let look = 0; look < 3; look++) expect(await findOneTimeToken(token, "reset")).not.toBeNull();

  const spent = await Promise.all(Array.from({ length: 8 }, () => spend(token)));
  expect(spent.filter((link) => link !== null)).toHaveLength(1);
  expect(await findOneTimeToken(token, "reset")).toBeNull();
});

// ASVS 5.0, 6.6.2: a token of an earlier request is worth nothing.
test("a second link of the same kind for an account replaces the first", async () => {
  const user = await newUser();
  const first = await resetLink(Promise.resolve(user));
  const second = await resetLink(Promise.resolve(user));

  expect(await findOneTimeToken(first.token, "reset")).toBeNull();
  expect(await findOneTimeToken(second.token, "reset")).not.toBeNull();
});

// ASVS 5.0, 6.6.2: a token is for the request that it was made for.
test("a link of one kind does not work as another kind", async () => {
  const { token } = await resetLink();
  expect(await findOneTimeToken(token, "sign-up", "change-email", "not-me")).toBeNull();
});

test.each([
  ["reset", 30],
  ["sign-up", 24 * 60],
  ["change-email", 24 * 60],
] as const)("a link of the kind %s works for %i minutes", async (kind, minutes) => {
  const about = randomUUID();
  const token = await createOneTimeToken({ kind, about, email: "a@example.com" });
  await age(`${kind}:${about}`, minutes - 1);
  expect(await findOneTimeToken(token, kind)).not.toBeNull();

  await age(`${kind}:${about}`, 1);
  expect(await findOneTimeToken(token, kind)).toBeNull();
  await sweepLinks();
  expect(await db().link.count({ where: { subject: `${kind}:${about}` } })).toBe(0);
});

test("withdrawing an account's links spares the owner's 'this was not me' link", async () => {
  const { userId, token } = await resetLink();
  const against = await createOneTimeToken({ kind: "not-me", about: randomUUID(), email: "a@example.com", userId });
  await db().mail.create({ data: { recipient: "thief@example.com", kind: "change-email", details: { userId } } });
  await transaction((tx) => withdrawLinks(tx, userId));

  expect(await findOneTimeToken(token, "reset")).toBeNull();
  expect(await findOneTimeToken(against, "not-me")).not.toBeNull();
  expect(await db().mail.count({ where: { recipient: "thief@example.com" } })).toBe(0);
});

test("using a 'this was not me' link withdraws the ones that were sent later", async () => {
  const { id: userId } = await newUser();
  const owner = await createOneTimeToken({
    kind: "not-me",
    about: "01a00000-0000-7000-8000-000000000001",
    email: "owner@example.com",
    userId,
  });
  const thief = await createOneTimeToken({
    kind: "not-me",
    about: "01a00000-0000-7000-8000-000000000002",
    email: "thief@example.com",
    userId,
  });
  // One such email is still queued, and would bring a link. Another user's email has to stay.
  const { id: anybody } = await newUser();
  const mails = [userId, anybody].map((whose) => ({
    recipient: "thief@example.com",
    kind: "incident",
    details: { about: "email-changed", userId: whose },
  }));
  await db().mail.createMany({ data: mails });
  await transaction(async (tx) => {
    const link = await spendOneTimeToken(tx, owner, "not-me");
    if (link) await withdrawLater(tx, link);
  });

  expect(await findOneTimeToken(thief, "not-me")).toBeNull();
  const waiting = (whose: string) => db().mail.count({ where: { details: { path: ["userId"], equals: whose } } });
  expect([await waiting(userId), await waiting(anybody)]).toEqual([0, 1]);
});

test("deleting an account deletes its links, and no link is created for a deleted account", async () => {
  const { userId, token } = await resetLink();
  await db().user.delete({ where: { id: userId } });
  expect(await findOneTimeToken(token, "reset")).toBeNull();

  const late = await createOneTimeToken({ kind: "reset", about: userId, email: "a@example.com", userId });
  expect(await findOneTimeToken(late, "reset")).toBeNull();
});

test.each([">", ".", ")", ",", ";", '"', "'", "]", "*", "_", "%3E", "\u00a0", " ", "\r\n", "&gt;", "=", "…", ".)"])(
  "the token is found in a link to which an email program has added %j",
  (tail) => {
    const token = "aB3-_".repeat(9).slice(0, 43);
    expect(tokenIn(token + tail)).toBe(token);
  },
);

test("a repeated token is found, and an incomplete one is not", () => {
  const token = "aB3-_".repeat(9).slice(0, 43);

  expect(tokenIn([token, token])).toBe(token);
  expect(tokenIn(["", `${token}>`])).toBe(token);
  expect(tokenIn(` ${token}`)).toBe(token);
  for (const query of [undefined, "", [], token.slice(1), `${token}a`, `x ${token}`, `<${token.slice(1)}`])
    expect(tokenIn(query)).toBeNull();
});

test("once an address has an account, its other sign-up links no longer work", async () => {
  const email = `${randomUUID()}@example.com`;
  const links = await Promise.all(
    [randomUUID(), randomUUID()].map((about) => createOneTimeToken({ kind: "sign-up", about, email })),
  );
  const other = await createOneTimeToken({
    kind: "sign-up",
    about: randomUUID(),
    email: `${randomUUID()}@example.com`,
  });
  await transaction((tx) => withdrawSignUps(tx, email));

  for (const token of links) expect(await findOneTimeToken(token, "sign-up")).toBeNull();
  expect(await findOneTimeToken(other, "sign-up")).not.toBeNull();
});
