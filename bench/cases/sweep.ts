import { setTimeout as pause } from "node:timers/promises";
import { sessionStore } from "@/lib/session/store";
import type { Case } from "../case";
import { countFilled, emptySessions, fillSessions } from "../fill";
import { HEAD, load, row } from "../load";

export default {
  title: "Sweep of sessions that are over, while serving",
  about: "How long it takes, each with its line in the ledger, and whether those who use the application notice.",
  async measure(bench) {
    const { sessions, quietTime, longest } = bench.isQuick
      ? { sessions: 5000, quietTime: 2000, longest: 10_000 }
      : { sessions: 1_000_000, quietTime: 10_000, longest: 100_000 };
    const [target] = await bench.targets(["latchkey"]);
    if (!target) throw new Error("There is nothing to measure");
    const { url } = target;
    const cookie = await target.signIn();
    await emptySessions();
    await fillSessions({ from: 1, to: sessions, areOver: true });
    await load(url, cookie, pause(quietTime / 2)); // warm-up

    const quiet = await load(url, cookie, pause(quietTime));
    bench.say(`sweeping ${sessions.toLocaleString("en")} sessions`);
    const started = performance.now();
    const sweeping = sessionStore().sweep();
    // It takes its time; so much of it tells how fast it is.
    const during = await load(url, cookie, Promise.race([sweeping, pause(longest)]));
    const seconds = (performance.now() - started) / 1000;
    const swept = sessions - (await countFilled());
    // What is left is taken away from under the sessionStore().sweep, at which it may stumble.
    await Promise.all([emptySessions(), sweeping.catch(() => {})]);

    const [title, figures] = [this.title, { swept, seconds }];
    const rate = swept / seconds;
    return {
      tables: [{ title, head: HEAD, rows: [row("without a sweep", quiet), row("during the sweep", during)] }],
      charts: [],
      notes: [
        `Swept ${swept.toLocaleString("en")} of ${sessions.toLocaleString("en")} sessions in ${seconds.toFixed(1)} s, ${Math.round(rate).toLocaleString("en")} a second: ${Math.round(sessions / rate)} s for all of them.`,
      ],
      raw: figures,
    };
  },
} satisfies Case;
