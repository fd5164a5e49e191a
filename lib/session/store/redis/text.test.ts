import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, expect, inject, test } from "vitest";
import type { FoundRow } from "@/lib/session/store/postgres/find";
import { hashToken } from "@/lib/session/token";
import { NEEDED, startRedis } from "@/testing/redis";
import { SOURCE } from "./functions";
import { bucketOf, fieldOf, rowOf, textOf } from "./text";

const program = inject("redis");
if (!program) test.skip(`the size of a session in Redis, which needs ${NEEDED}`);

const redis = program ? await startRedis(program) : null;
afterAll(() => redis?.kill());

/** A session as most are: of a browser with a long name, without a name or a choice of its user's. */
function usual(): FoundRow {
  const now = new Date();
  return {
    tokenHash: hashToken(randomBytes(32).toString("base64url")),
    ...{ handle: randomUUID(), userId: randomUUID(), email: "ada.lovelace@example.com", userName: "Ada Lovelace" },
    userAgent:
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ...{ ipAddress: "203.0.113.77", lastIpAddress: "203.0.113.77", role: "user", name: null, locale: null },
    ...{ confirmedAt: now, confirmedUntil: now, createdAt: now, lastSeenAt: now, timeZone: null, disabledAt: null },
    ...{ publicComputer: false, demonstration: false, pendingEmail: null, pendingUntil: null },
    ...{ amr: ["pwd"], level: 1, hasSecondFactor: false },
    ...{ proofKey: null, boundAt: null, provedAt: null, proofSeenAt: null, rotation: null },
  };
}

test("a text is read as the row that was written, with every value that is null", () => {
  const row = usual();
  expect(rowOf(textOf(row), row.tokenHash)).toEqual(row);
  const full = {
    ...row,
    name: "Desk",
    locale: "ko",
    timeZone: "Asia/Seoul",
    disabledAt: new Date(),
    lastIpAddress: null,
    proofSeenAt: new Date(),
    rotation: { generation: 3, since: Date.now(), client: "x-".repeat(5), returns: 1 },
  };
  expect(rowOf(textOf(full), full.tokenHash)).toEqual(full);
  const unsettled = { ...row, lastIpAddress: "2001:db8::7", rotation: { ...full.rotation, client: null } };
  expect(rowOf(textOf(unsettled), row.tokenHash)).toEqual(unsettled);
});

test.skipIf(!redis)("a session needs less than 700 bytes in Redis", () => {
  const used = () => Number(/^used_memory:(\d+)/m.exec(String(redis?.run("info", "memory")))?.[1]);
  redis?.run("function", "load", SOURCE);
  const count = 5000;
  const before = used();
  for (let first = 0; first < count; first += 500) {
    const rows = Array.from({ length: 500 }, usual);
    // As many in each bucket as a large application has.
    for (const bucket of [0, 1]) {
      const those = rows.filter((row) => bucketOf(row.tokenHash) % 2 === bucket);
      redis?.run("hset", `latchkey:{0${bucket}}`, ...those.flatMap((row) => [fieldOf(row.tokenHash), textOf(row)]));
    }
  }
  expect((used() - before) / count).toBeLessThan(700);
});
