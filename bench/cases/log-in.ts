import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { ACCOUNTS, LOGGING_IN } from "../targets/target";

/** Fewer than elsewhere: of 32 at once, ours would refuse some rather than let all wait. */
const CONNECTIONS = 16;

export default {
  title: "Log-in",
  about: `POST of an email and the right password, ${CONNECTIONS} connections, ${ACCOUNTS} accounts in turn, each request from another address. Ours, next-auth and express-session hash with bcryptjs at cost 10, better-auth with its own scrypt. Ours also counts the try, writes the ledger and queues the owner's mail.`,
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: LOGGING_IN,
      ...(bench.isQuick ? { warmUp: 16, rounds: 1, amount: 16 } : { warmUp: 32, rounds: 4, amount: 32 }),
      connections: CONNECTIONS,
      async ask({ name, logIns }, amount) {
        if (!logIns) throw new Error(`Nobody can log in to ${name}`);
        return logIns(amount);
      },
    });
    return compare(rounds, await bench.targets(LOGGING_IN), { title: this.title, file: "log-in" });
  },
} satisfies Case;
