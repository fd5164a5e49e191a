import type { Case } from "../case";
import { compare, interleave } from "../rounds";
import { ACCOUNTS, LOGGING_IN } from "../targets/target";

/** Fewer than in other cases: of 32 concurrent log-ins, ours would refuse some so that the others need not wait. */
const CONNECTIONS = 16;

export default {
  title: "Log-in",
  about: `POST of an email address and the correct password over ${CONNECTIONS} connections. ${ACCOUNTS} accounts take turns, and each request comes from another address. Ours, next-auth and express-session hash with bcryptjs at cost 10, better-auth with its own scrypt. Ours also counts the attempt, writes to the ledger and queues an email to the owner.`,
  async measure(bench) {
    const rounds = await interleave(bench, {
      names: LOGGING_IN,
      ...(bench.isQuick ? { warmUp: 16, rounds: 1, amount: 16 } : { warmUp: 32, rounds: 4, amount: 32 }),
      connections: CONNECTIONS,
      async ask({ name, logIns }, amount) {
        if (!logIns) throw new Error(`${name} has no log-in`);
        return logIns(amount);
      },
    });
    return compare(rounds, await bench.targets(LOGGING_IN), { title: this.title, file: "log-in" });
  },
} satisfies Case;
