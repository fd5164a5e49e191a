// Another instance, which only looks sessions up: `fork` it, send a token, and receive whether there is such a
// session and how many of them Redis has answered.

import { metrics } from "@/lib/metrics";
import { sessionStore } from "@/lib/session/store";

process.on("message", async (token: string) => {
  const isThere = (await sessionStore().find(token)) !== null;
  const { values } = await metrics().redisLookups.get();
  const hits = values.find(({ labels }) => labels.outcome === "found")?.value ?? 0;
  process.send?.({ token, isThere, hits });
});
