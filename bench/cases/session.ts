import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { PRIVATE } from "../targets/target";

export default {
  title: "GET /api/session, signed in",
  about: "Who is signed in with this cookie, as JSON: what every request to a private route costs.",
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: PRIVATE,
      ...(bench.isQuick ? { warmUp: 320, rounds: 2, amount: 192 } : { warmUp: 2048, rounds: 5, amount: 960 }),
      // A cookie of its own for each round: those of a cookie cache are good for five minutes only.
      ask: async (target) => ({
        asks: [{ path: "/api/session", headers: { cookie: await target.signIn() } }],
        status: 200,
      }),
    });
    return compare(rounds, await bench.targets(PRIVATE), { title: this.title, file: "session" });
  },
} satisfies Case;
