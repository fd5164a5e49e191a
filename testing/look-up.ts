import { transaction } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { lifetimes } from "@/lib/session/policy";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";

const HERE = { userAgent: "Test", ipAddress: "192.0.2.8" };

/** The token of a session, and what is done with it before it is looked up: its cookie gets its next generation, or it ends. */
export type Asked = { token: string; act?: "rotate" | "end" };

/** Whether there is such a session, the generation of its cookie, and how many look-ups of this process Redis has answered. */
export type LookedUp = { token: string; isThere: boolean; generation: number; hits: number };

export async function lookUp({ token, act }: Asked): Promise<LookedUp> {
  if (act === "rotate") await rotate(token);
  if (act === "end")
    await transaction((tx) => sessionStore().end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE));
  const found = await sessionStore().find(token);
  const { values } = await metrics().redisLookups.get();
  const hits = values.find(({ labels }) => labels.outcome === "found")?.value ?? 0;
  return { token, isThere: found !== null, generation: found?.rotation?.generation ?? 0, hits };
}

async function rotate(token: string): Promise<void> {
  const from = (await sessionStore().find(token))?.rotation ?? null;
  const to = { generation: (from?.generation ?? 0) + 1, since: Date.now(), client: null, returns: 0 };
  const its = lifetimes({ publicComputer: false, role: "user" });
  await sessionStore().touch(token, its, HERE.ipAddress, { rotated: { from, to } });
}
