import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { TELLING } from "../targets/target";

export default {
  title: "GET /api/session, logged in",
  about:
    "The session of a cookie, as JSON: the cost of every request to a private route. /api/verify is what a proxy requests before each request to an application.",
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: TELLING,
      ...(bench.isQuick ? { warmUp: 320, rounds: 2, amount: 192 } : { warmUp: 2048, rounds: 5, amount: 960 }),
      // Each round gets a new cookie: cookies of a cookie cache are valid for only five minutes.
      async ask({ signIn, whoIs }) {
        const headers = { ...whoIs?.headers, cookie: await signIn() };
        return { asks: [{ path: whoIs?.path ?? "/api/session", headers }], status: 200 };
      },
    });
    return compare(rounds, await bench.targets(TELLING), { title: this.title, file: "session" });
  },
} satisfies Case;
