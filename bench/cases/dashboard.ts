import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { PRIVATE } from "../targets/target";

export default {
  title: "GET /dashboard, signed in",
  about:
    "A page with the elements of our dashboard. Ours asks the database for all that it shows; the others ask only who is there.",
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: PRIVATE,
      ...(bench.isQuick ? { warmUp: 160, rounds: 2, amount: 64 } : { warmUp: 1024, rounds: 5, amount: 256 }),
      // A cookie of its own for each round: those of a cookie cache are good for five minutes only.
      ask: async (target) => ({
        asks: [{ path: "/dashboard", headers: { cookie: await target.signIn() } }],
        status: 200,
      }),
    });
    return compare(rounds, await bench.targets(PRIVATE), { title: this.title, file: "dashboard" });
  },
} satisfies Case;
