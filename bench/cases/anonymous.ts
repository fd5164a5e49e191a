import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { PRIVATE } from "../targets/target";

export default {
  title: "GET a private page without a session",
  about:
    "A redirect to the log-in page, by middleware if the peer's documentation shows one. Otherwise the page itself redirects (next-auth with database sessions, express-session).",
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: PRIVATE,
      ...(bench.isQuick ? { warmUp: 320, rounds: 2, amount: 160 } : { warmUp: 1024, rounds: 5, amount: 640 }),
      ask: async ({ anonymous: { path, status } }) => ({ asks: [{ path }], status }),
    });
    return compare(rounds, await bench.targets(PRIVATE), { title: this.title, file: "anonymous" });
  },
} satisfies Case;
