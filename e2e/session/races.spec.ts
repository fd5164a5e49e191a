import { expect, newUser, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { HOUR } from "@/lib/env";
import { seal } from "@/lib/session/cookie";
import { cookieName } from "@/testing/cookie-name";
import { postLogin } from "@/testing/post-action";
import { ageSessions, createSession } from "@/testing/sessions";

const ROUNDS = 1000;
const AT_ONCE = 8;
const BASE = String(process.env.APP_URL);
const BROWSER = { userAgent: "Race", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

test(`in ${ROUNDS} rounds of requests racing a logout, nothing brings the session back`, async () => {
  test.setTimeout(300_000);
  const faults: string[] = [];
  let round = 0;

  // Each lane has an account of its own: log-ins of one account wait for each other.
  const users = await Promise.all(Array.from({ length: AT_ONCE }, newUser));
  await Promise.all(
    users.map(async ({ id }) => {
      while (round < ROUNDS) faults.push(...(await race(id, round++)));
    }),
  );

  const userId = { in: users.map(({ id }) => id) };
  expect(faults).toEqual([]);
  expect(await db().session.count({ where: { userId } })).toBe(0);
  // The ledger has one line for each session, however many requests were in progress.
  expect(await db().ledgerLine.count({ where: { userId, reason: "logged-out" } })).toBe(ROUNDS);
  await db().user.deleteMany({ where: { id: userId } });
});

test("of 60 simultaneous log-ins each succeeds or is asked to try again, and none counts as a guess", async ({
  user,
}) => {
  const fields = Object.entries({ email: user.email, password: user.password });
  const answers = await Promise.all(Array.from({ length: 60 }, () => postLogin(fields)));

  const [isIn, isNot] = [answers.filter((answer) => answer.isIn), answers.filter((answer) => !answer.isIn)];
  expect(isIn.length).toBeGreaterThan(0);
  for (const { status, retryAfter } of isNot)
    expect([
      [503, "5"],
      [429, retryAfter],
    ]).toContainEqual([status, retryAfter]);
  // After these responses nothing blocks the next log-in for long.
  await expect(async () => expect(await postLogin(fields)).toMatchObject({ isIn: true })).toPass({ timeout: 60_000 });
});

/** Logs a session out during other requests, and returns the faults. */
async function race(userId: string, round: number): Promise<string[]> {
  const faults: string[] = [];
  // Make the session due for a touch, so that the page writes to its row, too.
  const token = await createSession({ id: userId }, BROWSER);
  await ageSessions({ token }, { created: HOUR, seen: HOUR });
  const headers = { Cookie: `${cookieName()}=${await seal(token)}` };

  async function read(path: string, isLater: boolean) {
    const answer = await fetch(BASE + path, { headers, redirect: "manual" });
    await answer.arrayBuffer();
    if (answer.headers.has("set-cookie")) faults.push(`round ${round}: ${path} set a cookie`);
    if (answer.status >= 500) faults.push(`round ${round}: ${path} responded ${answer.status}`);
    if (isLater && answer.status === 200) faults.push(`round ${round}: ${path} still responded 200 after the logout`);
  }

  const paths = ["/api/session", round % 5 === 0 ? "/dashboard" : "/api/session", "/api/session"];
  const before = paths.map((path) => read(path, false));
  const logout = await fetch(`${BASE}/logout/end`, {
    method: "POST",
    headers: { ...headers, Origin: BASE },
    redirect: "manual",
  });
  if (logout.status !== 303) faults.push(`round ${round}: the logout responded ${logout.status}`);
  await Promise.all([read("/api/session", true), ...before]);
  return faults;
}
