import { db } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { seal } from "@/lib/session/cookie";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { createSession } from "@/testing/sessions";
import type { Case } from "../case";
import { noteOf, type Revocation, revokeOnce, tableOf } from "../revocation";
import { startLatchkey } from "../targets/latchkey";

const NOBODY = { userAgent: "Bench", ipAddress: null, publicComputer: false, previousToken: null };

export default {
  title: "Revoked on one instance, refused by the other",
  about:
    "Two instances share a database. The second has just served a browser when its user revokes it on the first, by the button's action. Once the first has responded, the browser sends requests to the second until one is refused.",
  async measure(bench) {
    const times = bench.isQuick ? 100 : 1000;
    const [first] = await bench.targets(["latchkey"]);
    if (!first) throw new Error("No target was started");
    const second = await startLatchkey({}, "latchkey-second");
    const user = await createUser({
      email: `revoke${Date.now()}@example.com`,
      name: "Bench",
      passwordHash: await hashPassword("bench"),
      role: "user",
    });
    const owner = await seal(await createSession(user, NOBODY));
    const measured: Revocation[] = [];
    for (let round = 0; round < times; round++) {
      if (round % 100 === 0) bench.say(`${round} of ${times}`);
      const token = await createSession(user, NOBODY);
      const { handle } = await db().session.findUniqueOrThrow({
        where: { tokenHash: hashToken(token) },
        select: { handle: true },
      });
      measured.push(await revokeOnce({ first: first.url, second: second.url, owner, token, handle }));
    }
    await second.stop();
    return { tables: [tableOf(this.title, measured)], charts: [], notes: [noteOf(measured)], raw: measured };
  },
} satisfies Case;
