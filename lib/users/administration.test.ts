import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { Connection } from "@/lib/connection";
import { db, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { forgetPerson } from "@/lib/ledger/retention";
import { verifyPassword } from "@/lib/password/hash";
import { sessionStore } from "@/lib/session/store";
import { createSession } from "@/testing/sessions";
import {
  type AdminAction,
  changeRole,
  createAccount,
  createAccountWithPassword,
  createInvitation,
  createReset,
  disableUser,
  disableUsers,
  enableUser,
  foreseeDisabling,
  sendReset,
} from "./administration";
import { countListed, findListedUser, listUsers, parseUserOrder } from "./directory";
import { createOneTimeToken, findOneTimeToken } from "./one-time-tokens";
import { createUser, findUser } from "./store";

const ACTION: AdminAction = { userId: null, note: "left the company", userAgent: null, ipAddress: "192.0.2.7" };

async function newUser(role: "user" | "admin" = "user", name = "Test") {
  return createUser({ email: `${randomUUID()}@example.com`, name, passwordHash: "none", role });
}

function newSession(user: { id: string }) {
  return createSession(user, { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null });
}

function linesOf(userId: string) {
  return db().ledgerLine.findMany({
    where: { userId },
    orderBy: { id: "asc" },
    select: { event: true, reason: true, note: true, byUserId: true },
  });
}

/** Runs `work` while these are the only administrators. */
async function withOnly(admins: { id: string }[], work: () => Promise<void>) {
  const others = await db().user.findMany({
    where: { role: "admin", id: { notIn: admins.map(({ id }) => id) } },
    select: { id: true },
  });
  const ids = others.map(({ id }) => id);
  await db().user.updateMany({ where: { id: { in: ids } }, data: { role: "user" } });
  await work().finally(() => db().user.updateMany({ where: { id: { in: ids } }, data: { role: "admin" } }));
}

test("disabling an account ends its sessions and links, and enabling it does not bring them back", async () => {
  const user = await newUser();
  const token = await newSession(user);
  const link = await createOneTimeToken({ kind: "reset", about: user.id, email: user.email, userId: user.id });

  expect(await disableUser(user.id, ACTION)).toEqual({ state: "done" });
  expect(await sessionStore().find(token)).toBeNull();
  expect(await findOneTimeToken(link, "reset")).toBeNull();

  expect(await enableUser(user.id, ACTION)).toEqual({ state: "done" });
  expect(await sessionStore().find(token)).toBeNull();
  expect(await linesOf(user.id)).toEqual([
    { event: "session_expired", reason: "disabled", note: ACTION.note, byUserId: null },
    { event: "user_updated", reason: "disabled", note: ACTION.note, byUserId: null },
    { event: "user_updated", reason: "enabled", note: ACTION.note, byUserId: null },
  ]);
});

test("a changed role applies to every session of the user from the next look-up on", async () => {
  // A second administrator, so that the user is not the last one.
  const [user] = [await newUser(), await newUser("admin")];
  const tokens = [await newSession(user), await newSession(user)];
  await changeRole(user.id, "admin", ACTION);

  for (const token of tokens) expect((await sessionStore().find(token))?.user.role).toBe("admin");
  await changeRole(user.id, "user", ACTION);
  for (const token of tokens) expect((await sessionStore().find(token))?.user.role).toBe("user");
});

test("the last administrator can be neither disabled nor demoted", async () => {
  const admin = await newUser("admin");

  await withOnly([admin], async () => {
    expect(await disableUser(admin.id, ACTION)).toEqual({ state: "last-administrator" });
    expect(await changeRole(admin.id, "user", ACTION)).toEqual({ state: "last-administrator" });
  });
  expect(await findListedUser(admin.id)).toMatchObject({ role: "admin", disabledAt: null });
  expect(await linesOf(admin.id)).toEqual([]);
});

test("when two administrators demote and disable each other at the same moment, one stays", async () => {
  const [ada, bob] = [await newUser("admin"), await newUser("admin")];

  await withOnly([ada, bob], async () => {
    const outcomes = await Promise.all([changeRole(ada.id, "user", ACTION), disableUser(bob.id, ACTION)]);
    expect(outcomes.map(({ state }) => state).sort()).toEqual(["done", "last-administrator"]);
  });
});

test("a demotion waits for another one in progress before it checks for the last administrator", async () => {
  const [ada, bob] = [await newUser("admin"), await newUser("admin")];
  const other = new Connection(env().DATABASE_URL);
  await other.connect();

  await withOnly([ada, bob], async () => {
    await other.query("BEGIN");
    await other.query("UPDATE users SET role = 'user' WHERE id = $1", [bob.id]);
    const outcome = changeRole(ada.id, "user", ACTION);
    const waiting = async () => {
      const { rowCount } = await other.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rowCount;
    };
    // If it does not wait, it has finished by now.
    await Promise.race([outcome, expect.poll(waiting, { interval: 10 }).toBe(1)]);
    await other.query("COMMIT");
    expect(await outcome).toEqual({ state: "last-administrator" });
  });
  await other.end();
});

test("an action without effect, or on a missing account, returns that and is not recorded", async () => {
  const user = await newUser();

  expect(await enableUser(user.id, ACTION)).toEqual({ state: "unchanged" });
  expect(await changeRole(user.id, "user", ACTION)).toEqual({ state: "unchanged" });
  for (const act of [disableUser, enableUser, sendReset]) {
    expect(await act(randomUUID(), ACTION)).toEqual({ state: "not-found" });
  }
  expect(await linesOf(user.id)).toEqual([]);
});

// ASVS 5.0, 6.4.6: administrators start a reset, and never choose the password.
test("an account that an administrator creates has an unknown password, and its owner chooses one by a link", async () => {
  const email = `${randomUUID()}@example.com`;
  const made = await createAccount({ email: email.toUpperCase(), name: "Ada", role: "user" }, { invite: true }, ACTION);
  if (made.state !== "created") throw new Error(made.state);

  expect(await linesOf(made.id)).toMatchObject([{ event: "user_created", reason: "by-admin", note: ACTION.note }]);
  const mails = await db().mail.findMany({ where: { recipient: email }, select: { kind: true, details: true } });
  expect(mails).toEqual([{ kind: "invitation", details: { userId: made.id } }]);
  const token = await createInvitation(made.id);
  expect(await findOneTimeToken(token ?? "", "invitation")).toMatchObject({ userId: made.id, email });
  await db().mail.deleteMany({ where: { recipient: email } });
});

test("several accounts are disabled as one is; the administrator's own and the last administrator stay", async () => {
  const [one, other, own] = [await newUser(), await newUser(), await newUser("admin")];
  const gone = randomUUID();
  await disableUser(other.id, ACTION);
  const token = await newSession(one);

  const action = { ...ACTION, userId: own.id };
  expect(await disableUsers([one.id, other.id, own.id, gone], action)).toEqual({ disabled: 1, kept: 2 });
  expect((await findUser(one.id))?.disabledAt).not.toBeNull();
  expect((await findUser(own.id))?.disabledAt).toBeNull();
  expect(await sessionStore().find(token)).toBeNull();
  expect(
    await db().ledgerLine.findMany({
      where: { userId: one.id, event: "user_updated" },
      select: { reason: true, note: true, byUserId: true },
    }),
  ).toEqual([{ reason: "disabled", note: ACTION.note, byUserId: own.id }]);
});

test("two concurrent requests for an account with the same address create one", async () => {
  const user = { email: `${randomUUID()}@example.com`, name: "Ada", role: "user" as const };
  const outcomes = await Promise.all([1, 2].map(() => createAccount(user, { invite: false }, ACTION)));

  expect(outcomes.map(({ state }) => state).sort()).toEqual(["created", "taken"]);
});

test("users are found by a part of their name or email, and wildcards in the search have no effect", async () => {
  const mark = randomUUID();
  const user = await newUser("user", `Zoë ${mark} 100%`);

  const find = async (search: string) => (await listUsers({ search }, null)).users.map(({ id }) => id);
  expect(await find(mark.toUpperCase())).toEqual([user.id]);
  expect(await find(user.email.slice(3, 30))).toEqual([user.id]);
  expect(await find(`${mark} 100%`)).toEqual([user.id]);
  expect(await find(`${mark}%100`)).toEqual([]);
  expect(await find(`${mark.slice(0, -1)}_`)).toEqual([]);
});

test.each([
  ["㈜한빛", ["㈜한빛", "(주)한빛", "\u1112\u1161\u11ab빛", "한빛"]],
  ["\u1112\u1161\u11ab\u1107\u1175\u11be", ["한빛", "빛"]],
  ["ＫＩＭ ②", ["ＫＩＭ ②", "kim 2", "KIM　②", "ｋｉｍ"]],
  ["İstanbul", ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "i\u0307stanbul"]],
  ["ΟΔΥΣΣΕΥΣ", ["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "οδυσσευσ", "ΟΔΥΣ", "οδυς"]],
  ["Ὀδυσσεύς", ["οδυσσευς", "ΟΔΥΣΣΕΎΣ", "Ὀδυσσεύς"]],
  ["Straße", ["Straße", "STRASSE", "STRAẞE", "strasse"]],
  ["José", ["José", "jose\u0301", "JOSE", "é"]],
  ["ﬁnn ŉ", ["FINN", "ﬁnn", "ʼn"]],
  ["علی\u200cرضا", ["علی\u200cرضا", "علیرضا"]],
  ["葛\u{E0100}城", ["葛城", "葛\u{E0100}城", "城"]],
  ["l\\o%w_", ["l\\o", "%w", "w_", "\\", "％w", "＿"]],
])("a user named %s is found by every spelling of that name", async (name, searches) => {
  const mark = randomUUID();
  const user = await newUser("user", `${name}${mark}`);

  for (const search of searches) {
    const { users } = await listUsers({ search: `${search}` }, null, 10_000);
    expect(
      users.map(({ id }) => id),
      search,
    ).toContain(user.id);
  }
  expect((await listUsers({ search: `x${mark}` }, null)).users).toEqual([]);
  expect((await listUsers({ search: `%${mark.slice(0, 8)}` }, null)).users).toEqual([]);
});

test("a user is found by the full email, by its domain in Punycode, and by id", async () => {
  const local = randomUUID();
  const { id } = await createUser({ email: `${local}@한국.example`, name: "Han", passwordHash: "none", role: "user" });

  const find = async (search: string) => (await listUsers({ search }, null, 10_000)).users.map((user) => user.id);
  expect(await find(`${local}@한국.example`)).toEqual([id]);
  expect(await find(`${local.toUpperCase()}@XN--3E0B707E.example`)).toEqual([id]);
  expect(await find(`${local}＠한국。example`)).toEqual([id]);
  expect(await find("xn--3e0b707e.example")).toContain(id);
  expect(await find("한국.ex")).toContain(id);
  expect(await find(`${local}@한국.example Han`)).toEqual([]);
  expect(await findListedUser(`${local}@xn--3e0b707e.example`)).toMatchObject({ id, email: `${local}@한국.example` });
  expect(await findListedUser(` ${id.toUpperCase()}`)).toMatchObject({ id });
});

test("pages of users go from newest to oldest without gaps or repeats, and the filter applies", async () => {
  const mark = randomUUID();
  const ids = [];
  for (let count = 0; count < 5; count++) ids.unshift((await newUser("user", mark)).id);
  await disableUser(ids[0] ?? "", ACTION);

  const first = await listUsers({ search: mark }, null, 3);
  const second = await listUsers({ search: mark }, first.next, 3);
  expect([...first.users, ...second.users].map(({ id }) => id)).toEqual(ids);
  expect(second.next).toBeNull();
  expect((await listUsers({ search: mark, state: "disabled" }, null)).users.map(({ id }) => id)).toEqual(
    ids.slice(0, 1),
  );
});

test("users are listed by name as a dictionary orders them, and by email, in both directions and without gaps", async () => {
  const mark = randomUUID();
  const names = ["ann", "Ärmel", "Bob", "bob", "가람", "Bob"].map((name) => `${name} ${mark}`);
  const made = [];
  for (const name of names) made.push(await newUser("user", name));
  const list = async (by: "name" | "email", isDescending: boolean) => {
    const all: { id: string; name: string; email: string }[] = [];
    let after: string | null = null;
    do {
      const page = await listUsers({ search: mark }, after, 2, { by, isDescending });
      all.push(...page.users);
      after = page.next;
    } while (after);
    return all;
  };

  const byName = await list("name", false);
  expect(byName.map(({ name }) => name.split(" ")[0])).toEqual(["ann", "Ärmel", "bob", "Bob", "Bob", "가람"]);
  expect(new Set(byName.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
  expect(await list("name", true)).toEqual([...byName].reverse());
  const byEmail = await list("email", false);
  expect(byEmail).toHaveLength(names.length);
  expect(await list("email", true)).toEqual([...byEmail].reverse());
  expect(await countListed({ search: mark })).toBe(names.length);
});

test("a page that follows a user who no longer exists begins the list anew", async () => {
  const mark = randomUUID();
  const { id } = await newUser("user", mark);

  expect((await listUsers({ search: mark }, randomUUID(), 2, { by: "name", isDescending: false })).users).toMatchObject(
    [{ id }],
  );
});

test("a single character finds users, too", async () => {
  const { id } = await newUser("user", "Ƣ");

  expect((await listUsers({ search: "Ƣ" }, null)).users.map((user) => user.id)).toEqual([id]);
  expect((await listUsers({ search: "Ʃ" }, null)).users).toEqual([]);
});

test.each([
  ["name", { by: "name", isDescending: false }],
  ["-email", { by: "email", isDescending: true }],
  ["created", { by: "created", isDescending: false }],
  ["constructor", { by: "created", isDescending: true }],
  ["--name", { by: "created", isDescending: true }],
  [undefined, { by: "created", isDescending: true }],
])("the order %j of a list of users is read as %j", (text, order) => {
  expect(parseUserOrder(text)).toEqual(order);
});

test("deleting a person's data removes the administrator's note from the ledger, but keeps the line", async () => {
  const user = await newUser();
  await changeRole(user.id, "admin", ACTION);
  await transaction((tx) => forgetPerson(tx, user.id));

  expect(await linesOf(user.id)).toEqual([{ event: "authz_change", reason: "admin", note: null, byUserId: null }]);
});

function newPerson() {
  return { email: `${randomUUID()}@example.com`, name: "Ada", role: "user" as const };
}

test("an account created with a password has that password and a ledger line with the administrator's note", async () => {
  const password = "a garden full of quiet foxes";
  const created = await createAccountWithPassword({ ...newPerson(), password }, ACTION);
  if (created.state !== "created") throw new Error(created.state);

  const user = await findUser(created.id);
  expect(await verifyPassword(password, user?.passwordHash ?? null)).toBe(true);
  const lines = await db().ledgerLine.findMany({ where: { userId: created.id } });
  expect(lines).toMatchObject([{ event: "user_created", byUserId: null, note: "left the company" }]);
});

test("an account is not created with a password that its owner could not choose", async () => {
  const user = newPerson();
  const refused = await createAccountWithPassword({ ...user, password: "password1234" }, ACTION);

  expect(refused.state).toBe("weak");
  expect(await db().user.count({ where: { email: user.email } })).toBe(0);
});

test("a second account with the same address is not created", async () => {
  const user = { ...newPerson(), password: "a garden full of quiet foxes" };
  await createAccountWithPassword(user, ACTION);
  expect(await createAccountWithPassword(user, ACTION)).toEqual({ state: "taken" });
});

test("a reset link is for the requested account only, and its creation is in the ledger", async () => {
  const { id } = await newUser();
  const token = await createReset(id, ACTION);

  expect(await findOneTimeToken(String(token), "reset")).toMatchObject({ userId: id });
  const lines = await db().ledgerLine.findMany({ where: { userId: id } });
  expect(lines).toMatchObject([{ event: "authz_admin", reason: "reset-link", note: "left the company" }]);
  expect(await createReset(randomUUID(), ACTION)).toBeNull();
});

test("foreseeDisabling says whether an account would be disabled, without disabling it", async () => {
  const [admin, user] = [await newUser("admin"), await newUser()];

  expect(await foreseeDisabling(user.id)).toEqual({ state: "done" });
  expect((await findUser(user.id))?.disabledAt).toBeNull();
  await withOnly([admin], async () =>
    expect(await foreseeDisabling(admin.id)).toEqual({ state: "last-administrator" }),
  );
  expect(await foreseeDisabling(randomUUID())).toEqual({ state: "not-found" });
});
