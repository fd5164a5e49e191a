import { setTimeout as pause } from "node:timers/promises";
import { sessionStore } from "@/lib/session/store";
import type { Case } from "../case";
import { countFilled, emptySessions, fillSessions } from "../fill";
import { HEAD, load, row } from "../load";

export default {
  title: "Sweep of expired sessions under load",
  about:
    "How fast expired sessions are deleted, each with an entry in the ledger, and whether that slows other requests.",
  async measure(bench) {
    const { sessions, quietTime, longest } = bench.isQuick
      ? { sessions: 5000, quietTime: 2000, longest: 10_000 }
      : { sessions: 1_000_000, quietTime: 10_000, longest: 100_000 };
    const [target] = await bench.targets(["latchkey"]);
    if (!target) throw new Error("No target was started");
    const { url } = target;
    const cookie = await target.signIn();
    await emptySessions();
    await fillSessions({ from: 1, to: sessions, areOver: true });
    await load(url, cookie, pause(quietTime / 2)); // warm-up

    const quiet = await load(url, cookie, pause(quietTime));
    bench.say(`sweeping ${sessions.toLocaleString("en")} sessions`);
    const started = performance.now();
    const sweeping = sessionStore().sweep();
    // A whole sweep takes too long. This part shows its speed.
    const during = await load(url, cookie, Promise.race([sweeping, pause(longest)]));
    const seconds = (performance.now() - started) / 1000;
    const swept = sessions - (await countFilled());
    // Deletes the remaining sessions while the sweep still runs, which may make it fail.
    await Promise.all([emptySessions(), sweeping.catch(() => {})]);

    const [title, figures] = [this.title, { swept, seconds }];
    const rate = swept / seconds;
    return {
      tables: [{ title, head: HEAD, rows: [row("without a sweep", quiet), row("during the sweep", during)] }],
      charts: [],
      notes: [
        `Swept ${swept.toLocaleString("en")} of ${sessions.toLocaleString("en")} sessions in ${seconds.toFixed(1)} s: ${Math.round(rate).toLocaleString("en")} per second, or ${Math.round(sessions / rate)} s for all of them.`,
      ],
      raw: figures,
    };
  },
} satisfies Case;
