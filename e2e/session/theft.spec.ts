import { existsSync } from "node:fs";
import { expect, mailsTo, test } from "@/e2e/support/fixtures";
import { chromiumProgram, firefoxProgram, Owner, type Program } from "@/e2e/support/owner";
import { type SecureServer, startSecureServer } from "@/e2e/support/secure-server";
import { db } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { PROVE } from "@/lib/session/dbsc/messages";

// The whole cookie jar of a real browser is copied at ten moments of a session's life. server/request/theft.test.ts does
// the same to browsers in software, and looks for false alarms.

const { WHOLE_CHROMIUM, FIREFOX, OPENSSL } = process.env;
/** How often owner and thief go on. A proof lives for ten minutes, and a generation for fifteen. */
const STEP = { bound: 2 * MINUTE, unbound: 4 * MINUTE };
const PAUSE = 5 * MINUTE;

type Browser = { start(server: SecureServer): Promise<Program>; path: string; outcome: string };

const [CHROMIUM, NOTICED] = [`${WHOLE_CHROMIUM}`, "noticed, and its owner reads why the session ended"];

const BROWSERS: Record<string, Browser> = {
  "a Chromium that binds its session": {
    start: (server) => chromiumProgram(server, true),
    path: CHROMIUM,
    outcome: "refused, and its owner goes on",
  },
  "a Chromium that cannot": { start: (server) => chromiumProgram(server, false), path: CHROMIUM, outcome: NOTICED },
  Firefox: { start: firefoxProgram, path: `${FIREFOX}`, outcome: NOTICED },
};

type Jar = Map<string, string>;

/** The moments at which a thief copies all cookies: what the browser does until then. Those in between return the copy. */
const MOMENTS: Record<string, (owner: Owner) => Promise<unknown>> = {
  "right after the log-in": async () => {},
  "at the second page": (owner) => use(owner, PAUSE),
  "during a refresh": (owner) => inBetween(owner, null),
  "while an answer is lost": (owner) => inBetween(owner, "lose"),
  "in the morning": (owner) => use(owner, 20 * MINUTE).then(() => owner.pass(9 * HOUR)),
  "after a restart of the server": (owner) => use(owner, PAUSE).then(() => owner.server.restart()),
  "after a restart of the browser": (owner) => use(owner, PAUSE).then(() => owner.restart()),
  "after the password was confirmed": (owner) => use(owner, 20 * MINUTE).then(() => confirm(owner)),
  "after an hour in two tabs": (owner) => use(owner, HOUR, { tabs: 2, every: 10 * MINUTE }),
  "an hour before the session expires": (owner) => use(owner, 30 * DAY - HOUR, { every: 6 * DAY }),
};

/** Uses the session for this long. */
async function use(owner: Owner, milliseconds: number, { tabs = 1, every = PAUSE } = {}): Promise<void> {
  await untilBound(owner);
  for (let left = milliseconds; left > 0; left -= every) {
    await owner.pass(Math.min(every, left));
    expect(new Set(await owner.get(tabs))).toEqual(new Set(["/dashboard"]));
  }
}

/** Waits until the session is bound, if this browser binds it. That takes some requests. */
async function untilBound(owner: Owner): Promise<void> {
  const where = { userId: owner.user.id };
  const isBound = async () => {
    await owner.get();
    return (await db().session.findFirst({ where, select: { boundAt: true } }))?.boundAt != null;
  };
  await expect.poll(isBound).toBe(owner.isBinding);
}

/** Returns the cookies while the answer that brings a new one is on its way to the browser. */
async function inBetween(owner: Owner, failure: "lose" | null): Promise<Jar> {
  await use(owner, PAUSE);
  await owner.pass(20 * MINUTE);
  const path = owner.isBinding ? PROVE : "/dashboard";
  const copies: Jar[] = [];
  owner.server.fail = async (its) => {
    if (its !== path) return null;
    owner.server.fail = null;
    copies.push(await owner.jar());
    return failure;
  };
  await owner.get();
  return copies[0] as Jar;
}

async function confirm(owner: Owner): Promise<void> {
  const before = await owner.jar();
  await owner.act("confirm", "/confirm", { password: owner.user.password });
  expect((await owner.jar()).get("__Host-session")).not.toBe(before.get("__Host-session"));
}

/** For how many minutes each copy worked, by moment and browser. */
const worked: Record<string, Record<string, number>> = {};

test.skip(!existsSync(String(OPENSSL)), "openssl is not installed on this machine");
test.describe.configure({ mode: "default" });
test.describe("a whole cookie jar is copied", () => {
  let server: SecureServer;
  test.beforeAll(async () => {
    server = await startSecureServer("theft");
  });
  test.afterAll(async () => {
    await server?.stop();
    console.table(worked);
  });

  for (const [name, { start, path, outcome }] of Object.entries(BROWSERS)) {
    test.describe(name, () => {
      test.skip(!existsSync(path), `${name} is not installed on this machine`);
      let program: Program;
      test.beforeAll(async () => {
        program = await start(server);
      });
      test.afterAll(() => program?.close());

      for (const [when, live] of Object.entries(MOMENTS))
        test(`a jar that is copied ${when} from ${name} is ${outcome}`, async ({ user }) => {
          const owner = await Owner.logIn(server, program, { user, keeps: when.includes("restart of the browser") });
          try {
            const between = await live(owner);
            const thief = owner.robbed(between instanceof Map ? between : await owner.jar());
            const step = owner.isBinding ? STEP.bound : STEP.unbound;
            let passed = 0;
            for (; passed <= HOUR; passed += step) {
              await owner.get();
              if (!(await thief.isIn())) break;
              await owner.pass(step);
            }
            worked[when] = { ...worked[when], [name]: passed / MINUTE };
            expect(passed).toBeLessThanOrEqual(owner.isBinding ? 10 * MINUTE + step : 30 * MINUTE + 2 * step);

            if (owner.isBinding) await use(owner, 2 * PAUSE);
            expect(await thief.isIn()).toBe(false);
            await expect
              .poll(() => owner.read())
              .toContain(owner.isBinding ? "A copy of this log-in was used" : "someone else may have used your log-in");
            const alarms = await db().ledgerLine.count({ where: { userId: user.id, event: "authn_token_reuse" } });
            expect(alarms).toBe(1);
            await expect
              .poll(() => mailsTo(user.email, /cop(y of your log-in|ied)/).then(({ length }) => length))
              .toBe(1);
          } finally {
            await owner.close();
          }
        });
    });
  }
});
