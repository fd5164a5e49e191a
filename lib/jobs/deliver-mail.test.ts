/** @module-tag time */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { db, transaction } from "@/lib/db";
import type { Locale } from "@/lib/i18n/locale";
import { enqueue, type Incident } from "@/lib/mail/queue";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import { findOneTimeToken, kindOf } from "@/lib/users/one-time-tokens";
import { createUser, setTimeZone } from "@/lib/users/store";
import { captureLog } from "@/testing/captured-log";

type Deliver = typeof import("./deliver-mail");

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

const received: Email[] = [];
let server: SMTPServer;
let port: number;
let answer: { code: number } | null = null;
let logged: string[];

beforeEach(async () => {
  await db().mail.deleteMany();
  received.length = 0;
  answer = null;
  await startServer(0);
  logged = captureLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await stopServer();
});

/** Starts a real mail server, which keeps the emails that it receives. */
async function startServer(on: number): Promise<void> {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: ({ address }, _session, callback) =>
      callback(answer && Object.assign(new Error(`No ${address} here`), { responseCode: answer.code })),
    async onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      received.push(await PostalMime.parse(Buffer.concat(chunks)));
      callback();
    },
  });
  await new Promise<void>((resolve) => server.listen(on, "127.0.0.1", resolve));
  port = (server.server.address() as AddressInfo).port;
}

function stopServer(): Promise<void> {
  return new Promise((resolve) => server.close(resolve));
}

/** Delivers like an application with these settings. */
async function deliver(settings: Record<string, string> = { SMTP_URL: `smtp://127.0.0.1:${port}` }): Promise<void> {
  vi.resetModules();
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const { deliverDue }: Deliver = await import("./deliver-mail");
  await deliverDue();
  vi.unstubAllEnvs();
}

function newAddress() {
  return `${randomUUID()}@example.com`;
}

async function newUser(locale: Locale | null = null) {
  return createUser({ email: newAddress(), name: "Ada", passwordHash: "none", role: "user", locale });
}

async function queue(recipient: string, kind: string, details: object = {}) {
  await db().mail.create({ data: { recipient, kind, details } });
}

async function makeDue() {
  await db().mail.updateMany({ data: { dueAt: new Date(0) } });
}

function tokenIn({ text = "" }: Email): string {
  return /token=([\w-]{43})/.exec(text)?.[1] ?? "";
}

test("an email goes to the server in plain text and in HTML, both with the link, and leaves the queue", async () => {
  const { email } = await newUser();
  await queue(email, "reset");
  await deliver();

  expect(received).toHaveLength(1);
  const [mail] = received as [Email];
  expect(mail.to).toMatchObject([{ address: email }]);
  expect(mail.subject).toBe("Choose a new password");
  expect(tokenIn(mail)).not.toBe("");
  expect(mail.html).toContain(`/reset-password?token=${tokenIn(mail)}`);
  expect(mail.headers.find(({ key }) => key === "auto-submitted")?.value).toBe("auto-generated");
  expect(await db().mail.count()).toBe(0);
});

test("only the email says whether there is an account", async () => {
  const { email } = await newUser();
  const unknown = newAddress();
  const details = { name: "Ada", passwordHash: "none" };
  for (const address of [email, unknown]) {
    await queue(address, "sign-up", details);
    await queue(address, "reset");
  }
  await deliver();

  const subjects = (address: string) =>
    received
      .filter(({ to }) => to?.[0]?.address === address)
      .map(({ subject }) => subject)
      .sort();
  expect(subjects(email)).toEqual(["Choose a new password", "You already have an account"]);
  expect(subjects(unknown)).toEqual(["Confirm your email address", "No account for this address"]);
});

test("a disabled account receives no link", async () => {
  const user = await newUser();
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });
  await queue(user.email, "reset");
  await deliver();

  expect(received.map(({ subject }) => subject)).toEqual(["Your account is disabled"]);
  expect(tokenIn(received[0] as Email)).toBe("");
});

test("no email is lost while the mail server is down: waiting emails are sent once it is back", async () => {
  const { email } = await newUser();
  await stopServer();
  await queue(email, "reset");
  await deliver();
  expect(await db().mail.findFirst()).toMatchObject({ recipient: email, attempts: 1 });

  await startServer(port);
  // Not before it is due: a server that is down must not be flooded.
  await deliver();
  expect(received).toHaveLength(0);
  await makeDue();
  await deliver();
  expect(received).toHaveLength(1);
  expect(await db().mail.count()).toBe(0);
});

test("after each failure the wait doubles", async () => {
  await stopServer();
  await queue(newAddress(), "reset");
  const waits: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    await makeDue();
    await deliver();
    const [row] = await db().$queryRaw<{ wait: number }[]>`
      SELECT round(extract(epoch FROM due_at - now()))::int AS wait FROM mails`;
    waits.push(row?.wait ?? 0);
  }
  expect(waits).toEqual([10, 20, 40]);
  await startServer(port);
});

test("an email that is refused temporarily is kept, and one that is refused permanently is not", async () => {
  answer = { code: 451 };
  await queue(newAddress(), "reset");
  await deliver();
  expect(await db().mail.count()).toBe(1);

  answer = { code: 550 };
  await makeDue();
  await deliver();
  expect(await db().mail.count()).toBe(0);
});

test("the log of a failure contains neither the address nor the link", async () => {
  const { email } = await newUser();
  answer = { code: 550 };
  await queue(email, "reset");
  await deliver();

  expect(logged.join()).toContain("was not sent");
  expect(logged.join()).not.toContain(email);
  expect(logged.join()).not.toContain("token");
});

test("several instances send each email once", async () => {
  for (let mail = 0; mail < 20; mail++) await queue(newAddress(), "reset");
  vi.resetModules();
  vi.stubEnv("SMTP_URL", `smtp://127.0.0.1:${port}`);
  const { deliverDue }: Deliver = await import("./deliver-mail");
  await Promise.all([deliverDue(), deliverDue(), deliverDue()]);
  vi.unstubAllEnvs();

  expect(received).toHaveLength(20);
  expect(new Set(received.map(({ to }) => to?.[0]?.address)).size).toBe(20);
});

test("an email whose transaction was rolled back is never sent", async () => {
  const work = transaction(async (tx) => {
    await enqueue(tx, newAddress(), { kind: "reset", details: {} });
    throw new Error("rolled back");
  });
  await expect(work).rejects.toThrow("rolled back");
  await deliver();

  expect(received).toEqual([]);
});

test("the queue never contains a link, not even after a failed delivery", async () => {
  const { email } = await newUser();
  await stopServer();
  await queue(email, "reset");
  await deliver();
  await startServer(port);

  const [row] = await db().$queryRaw<{ text: string }[]>`SELECT mails::text AS text FROM mails`;
  expect(row?.text).not.toMatch(/[\w-]{43}/);
});

test("a name from the sign-up form does not appear in the email to a stranger", async () => {
  const name = "Win a prize at http://evil.example <b>now</b>";
  await queue(newAddress(), "sign-up", { name, passwordHash: "none" });
  await deliver();

  expect(received).toHaveLength(1);
  expect(received[0]?.text).not.toContain("evil.example");
  expect(received[0]?.html).not.toContain("evil.example");
});

function incidentOf(userId: string, rest: Partial<Incident> = {}): Incident {
  const at = "2026-11-29T09:40:00.000Z";
  return { about: "new-browser", userId, at, handle: null, userAgent: FIREFOX, ipAddress: "192.0.2.7", ...rest };
}

/** Queues an email while a request in this language is being answered. */
async function queueDuring(locale: Locale, work: () => Promise<void>): Promise<void> {
  await withRequestContext({ locale, timeZone: null } as RequestContext, work);
}

test("an email about an incident is in the language that the account's owner chose, not in the request's", async () => {
  const { id, email } = await newUser("ko");
  await queueDuring("en", () => enqueue(db(), email, { kind: "incident", details: incidentOf(id) }));
  await deliver();

  const [{ subject, text, html }] = received as [Email];
  expect(subject).toBe("새로운 로그인: Linux의 Firefox");
  expect(text).toContain("2026년 11월 29일 09:40 UTC · Linux의 Firefox · 192.0.2.7");
  expect(text).toContain("본인이 아닙니다:\nhttp://localhost:3000/secure-account?token=");
  expect(html).toMatch(/^<!doctype html>\s*<html lang="ko" dir="ltr">/);
  expect(html).not.toMatch(/Somebody|Your account|browser/);
});

test("a client that causes an incident does not choose the language of the email about it", async () => {
  const { id, email } = await newUser();
  await queueDuring("ko", () => enqueue(db(), email, { kind: "incident", details: incidentOf(id) }));
  await deliver();
  expect(received[0]?.subject).toBe("New log-in from Firefox on Linux");
  expect(received[0]?.text).toContain("29 November 2026 at 09:40 UTC · Firefox on Linux · 192.0.2.7");

  await queue(email, "incident", incidentOf(id));
  await deliver({ SMTP_URL: `smtp://127.0.0.1:${port}`, DEFAULT_LOCALE: "ko" });
  expect(received[1]?.subject).toBe("새로운 로그인: Linux의 Firefox");
});

test("an email about a deleted account is in the language and the time zone that its owner had chosen", async () => {
  const chosen = { locale: "ko", timeZone: "Asia/Seoul" } as const;
  const details = incidentOf(randomUUID(), { about: "account-deleted", ...chosen });
  await queue(newAddress(), "incident", details);
  await deliver();
  expect(received[0]?.subject).toBe("계정이 삭제되었습니다");
  expect(received[0]?.text).toContain("2026년 11월 29일 18:40 · Linux의 Firefox");
});

test.each([
  ["America/New_York", "29 November 2026 at 04:40 · Firefox"],
  ["Nowhere/Land", "29 November 2026 at 09:40 UTC · Firefox"],
])("times in an email are in the time zone that the account's owner chose: %s", async (timeZone, when) => {
  const { id, email } = await newUser();
  await setTimeZone(id, timeZone);
  await queue(email, "incident", incidentOf(id));
  await deliver();
  expect(received[0]?.text).toContain(when);
});

test("an email that answers a request is in the request's language, unless the account's owner chose another", async () => {
  const [unknown, undecided, english] = [newAddress(), await newUser(), await newUser("en")];
  for (const email of [unknown, undecided.email, english.email]) await queue(email, "reset", { locale: "ko" });
  await deliver();

  const subjectTo = (email: string) => received.find(({ to }) => to?.[0]?.address === email)?.subject;
  expect(subjectTo(unknown)).toBe("이 이메일 주소로 만든 계정이 없습니다");
  expect(subjectTo(undecided.email)).toBe("새 비밀번호를 설정해 주세요");
  expect(subjectTo(english.email)).toBe("Choose a new password");
});

test.each([
  ["sign-up", { name: "Ada", passwordHash: "none" }, "Confirm your email address"],
  ["reset", {}, "No account for this address"],
  ["reset", { next: "/dashboard", locale: "xx" }, "No account for this address"],
  ["change-email", { userId: randomUUID() }, "Confirm your new email address"],
])("an email that an earlier or a later version queued is sent: %s %o", async (kind, details, subject) => {
  await queue(newAddress(), kind, details);
  await deliver();
  expect(received.map((mail) => mail.subject)).toEqual([subject]);
  expect(await db().mail.count()).toBe(0);
});

test.each([
  ["confirm", "Confirm that you've lost your second factor", ["confirm-recovery"]],
  ["started", "A recovery of your second factor has started", ["cancel-recovery"]],
  ["reminder", "A recovery of your second factor is under way", ["cancel-recovery"]],
  ["due", "You can set up a new second factor", ["cancel-recovery", "finish-recovery"]],
] as const)("of a recovery, only the last email has the link that ends it: %s", async (step, subject, kinds) => {
  const { id, email } = await newUser();
  await queue(email, "recovery", { userId: id, step });
  await deliver();

  expect(received[0]?.subject).toBe(subject);
  const tokens = [...String(received[0]?.text).matchAll(/\/recover\?token=([\w-]{43})/g)].map(([, token]) => token);
  const every = ["confirm-recovery", "cancel-recovery", "finish-recovery"] as const;
  const links = await Promise.all(tokens.map((token) => findOneTimeToken(String(token), ...every)));
  expect(links.map((link) => link && kindOf(link)).sort()).toEqual(kinds);
  for (const link of links) expect(link).toMatchObject({ userId: id, email });
});

test("emails contain the site's own name instead of Latchkey", async () => {
  await queue(newAddress(), "reset");
  await deliver({ SMTP_URL: `smtp://127.0.0.1:${port}`, PRODUCT_NAME: 'Ex & "Co", Inc.' });

  const [{ from, text, html }] = received as [Email];
  expect(from?.name).toBe('Ex & "Co", Inc.');
  expect(text).toContain('\n--\nEx & "Co", Inc. at localhost:3000\n');
  expect(html).toContain("Sent by Ex &amp; &quot;Co&quot;, Inc. at localhost:3000");
  expect(`${text}${html}`).not.toContain("Latchkey");
});

test("the browser in an email cannot inject HTML", async () => {
  const { id, email } = await newUser();
  const userAgent = 'Mozilla/5.0 <img src="http://evil.example/x"> Firefox/140.0';
  const details: Incident = {
    about: "new-browser",
    userId: id,
    at: new Date().toISOString(),
    handle: null,
    userAgent,
    ipAddress: "192.0.2.7",
  };
  await queue(email, "incident", details);
  await deliver();

  expect(received[0]?.html).not.toContain("<img");
  expect(received[0]?.text).toContain("192.0.2.7");
});

test("without a mail server, emails are kept as files that any mail program opens, readable by their owner alone", async () => {
  const { email } = await newUser();
  await queue(email, "reset");
  const { id } = await db().mail.findFirstOrThrow({ select: { id: true } });
  const folder = `.test/unit-outbox-${randomUUID()}`;
  await deliver({ SMTP_URL: "", OUTBOX_FOLDER: folder });

  const mail = await PostalMime.parse(await readFile(`${folder}/${id}.eml`));
  expect(mail).toMatchObject({ subject: "Choose a new password", to: [{ address: email }] });
  expect(tokenIn(mail)).not.toBe("");
  const { stat } = await import("node:fs/promises");
  expect((await stat(`${folder}/${id}.eml`)).mode & 0o077).toBe(0);
  expect(received).toEqual([]);
});

test("a link that a stranger requests does not replace the owner's link", async () => {
  const { findOneTimeToken } = await import("@/lib/users/one-time-tokens");
  const [stranger, owner] = [newAddress(), await newUser()];
  for (const name of ["Ada", "Somebody else"]) await queue(stranger, "sign-up", { name, passwordHash: name });
  for (let time = 0; time < 2; time++) await queue(owner.email, "reset");
  await deliver();

  const found = await Promise.all(received.map((mail) => findOneTimeToken(tokenIn(mail), "sign-up", "reset")));
  expect(found.map((link) => link?.passwordHash).sort()).toEqual(["Ada", "Somebody else", null, null]);
});
