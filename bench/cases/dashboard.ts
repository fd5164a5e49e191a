import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { PRIVATE } from "../targets/target";

export default {
  title: "GET /dashboard, logged in",
  about:
    "A page with the elements of our dashboard. Ours queries the database for everything on the page; the peers query only the session.",
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: PRIVATE,
      ...(bench.isQuick ? { warmUp: 160, rounds: 2, amount: 64 } : { warmUp: 1024, rounds: 5, amount: 256 }),
      // Each round gets a new cookie: cookies of a cookie cache are valid for only five minutes.
      ask: async (target) => ({
        asks: [{ path: "/dashboard", headers: { cookie: await target.signIn() } }],
        status: 200,
      }),
    });
    return compare(rounds, await bench.targets(PRIVATE), { title: this.title, file: "dashboard" });
  },
} satisfies Case;
