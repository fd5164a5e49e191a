import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { PRIVATE } from "../targets/target";

export default {
  title: "GET /api/session, logged in",
  about: "The session of a cookie, as JSON: the cost of every request to a private route.",
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: PRIVATE,
      ...(bench.isQuick ? { warmUp: 320, rounds: 2, amount: 192 } : { warmUp: 2048, rounds: 5, amount: 960 }),
      // Each round gets a new cookie: cookies of a cookie cache are valid for only five minutes.
      ask: async (target) => ({
        asks: [{ path: "/api/session", headers: { cookie: await target.signIn() } }],
        status: 200,
      }),
    });
    return compare(rounds, await bench.targets(PRIVATE), { title: this.title, file: "session" });
  },
} satisfies Case;
