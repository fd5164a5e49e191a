import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { db } from "@/lib/db";
import { Listener } from "./listener";
import { Pages } from "./open-pages";

type Instance = { pages: Pages; open: Map<string, string>; changes: string[]; listener: Listener };

const running: Instance[] = [];

afterEach(() => {
  for (const { pages, listener } of running.splice(0)) {
    pages.close();
    listener.close();
  }
});

/** An instance whose open pages are those in `open`, by the handles of their sessions and with their users. A deaf one listens, and answers nothing. */
async function instance({ isDeaf = false } = {}): Promise<Instance> {
  const [open, changes] = [new Map<string, string>(), [] as string[]];
  const pages = new Pages({
    isOpen: (handle) => open.has(handle),
    openOf: (userId) => [...open].flatMap(([handle, user]) => (user === userId ? [handle] : [])),
    tellChange: (userId) => void changes.push(userId),
  });
  const listener = new Listener(pages.instances.listensAs, {
    announced: () => {},
    said: (payload) => isDeaf || pages.instances.receive(payload),
    missed: () => pages.receipts.miss(),
  });
  const one = { pages, open, changes, listener };
  running.push(one);
  const isListening = async () => {
    const [row] = await db().$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = ${pages.instances.listensAs}`;
    return row?.count;
  };
  await expect.poll(isListening).toBe(1);
  return one;
}

test("all instances say which sessions have an open page, even if there are more than fit into one message", async () => {
  const [a, b] = await Promise.all([instance(), instance()]);
  const handles = Array.from({ length: 400 }, () => randomUUID());
  a.open.set(handles[0] as string, "ada");
  b.open.set(handles[399] as string, "ada");

  await expect.poll(() => a.pages.among(handles, null)).toEqual(new Set([handles[0], handles[399]]));
});

test("an instance that does not answer delays nobody for more than 300 milliseconds", async () => {
  const [a] = await Promise.all([instance(), instance({ isDeaf: true })]);
  a.open.set("h", "ada");
  const began = performance.now();
  expect([...(await a.pages.among(["h"], null))]).toEqual(["h"]);
  expect(performance.now() - began).toBeLessThan(1000);
});

test("an instance ignores messages that it does not understand", async () => {
  const [a, b] = await Promise.all([instance(), instance()]);
  b.open.set("h", "ada");
  const ask = { ask: "1", from: "2" };
  const said = { answer: "1", from: "2", to: a.pages.instances.id };
  const odd = [
    ...["", "5", "null", "[]", '"x"', "{}", '{"news":{"later":1}}', '{"news":null}', '{"news":{"confirmed":[null]}}'],
    ...[
      { ...ask, question: null },
      { ...ask, question: { handles: 5, watcher: null } },
    ].map((one) => JSON.stringify(one)),
    ...[null, 5, {}, { told: {} }, { open: null }].map((one) => JSON.stringify({ ...said, said: one })),
  ];
  for (const payload of odd) await db().$queryRaw`SELECT pg_notify('latchkey_pages', ${payload})::text`;
  for (const payload of ["", "5", "null", '{"user":5,"ended":[null]}'])
    await db().$queryRaw`SELECT pg_notify('latchkey', ${payload})::text`;

  await expect.poll(() => a.pages.among(["h"], null)).toEqual(new Set(["h"]));
});

test("an instance knows its own open pages even if its messages are late", async () => {
  const a = await instance({ isDeaf: true });
  a.open.set("h", "ada");
  expect([...(await a.pages.among(["h"], null))]).toEqual(["h"]);
});

test("a page confirms to the instance that told it, by way of any instance, before or after the question", async () => {
  const [a, b] = await Promise.all([instance(), instance()]);
  const ticket = b.pages.receipts.issue("ada/1");
  const asked = a.pages.receipt("ada/1");
  a.pages.receipts.accept({ ticket, tab: "x", tabs: 2 });
  b.pages.receipts.accept({ ticket, tab: "y", tabs: 2 });
  expect(await asked).toMatchObject({ pages: 2, blank: 2, isComplete: true });
  expect(await a.pages.receipt("ada/1")).toMatchObject({ pages: 2, blank: 2, isComplete: true });
  expect(await a.pages.receipt("grace/1"), "another user").toMatchObject({ pages: 0, blank: 0, isComplete: true });
});

test("without a word from every page and instance, a receipt is incomplete after four seconds", async () => {
  const [a] = await Promise.all([instance(), instance({ isDeaf: true })]);
  const ticket = a.pages.receipts.issue("ada/2");
  a.pages.receipts.accept({ ticket, tab: "x", tabs: 1 });
  const began = performance.now();
  expect(await a.pages.receipt("ada/2")).toMatchObject({ pages: 1, blank: 1, isComplete: false });
  expect(performance.now() - began).toBeLessThan(6000);
});

test("an instance that may have missed the announcement does not claim that no page was open", async () => {
  const a = await instance();
  expect(await a.pages.receipt("ada/3")).toMatchObject({ pages: 0, isComplete: true });
  a.pages.receipts.miss();
  expect(await a.pages.receipt("ada/3")).toMatchObject({ pages: 0, isComplete: false });
});

test("a page that asks in the middle of another's reload learns how it ended", async () => {
  const a = await instance();
  a.open.set("h", "ada");
  await a.pages.among(["h"], "ada");
  a.pages.presence.change("ada");
  a.open.delete("h");
  expect(await a.pages.among(["h"], "ada")).toEqual(new Set());
  a.open.set("h", "ada");
  await expect.poll(() => a.changes).toEqual(["ada"]);
});

test("a page opened or closed is announced to the pages that show it, at every instance, but not a page that reloads", async () => {
  const [a, b] = await Promise.all([instance(), instance()]);
  const change = (handle: string, user: string, isOpen: boolean) => {
    b.pages.presence.change(user);
    if (isOpen) b.open.set(handle, user);
    else b.open.delete(handle);
  };
  change("h", "ada", true);
  await a.pages.among(["h"], "ada");
  change("h", "ada", false);
  change("h", "ada", true);
  change("i", "ada", true);
  await expect.poll(() => [a.changes, b.changes]).toEqual([["ada"], ["ada"]]);

  change("i", "ada", false);
  change("i", "ada", true);
  change("j", "ada", true);
  change("j", "ada", false);
  await a.pages.among(["k"], "grace");
  change("k", "grace", true);
  await expect.poll(() => a.changes).toEqual(["ada", "grace"]);
});
