import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, expect, inject, test } from "vitest";
import { transaction } from "@/lib/db";
import { postgres } from "@/lib/session/store/postgres";
import { createUser } from "@/lib/users/store";
import { askInstance, startLookUps } from "@/testing/look-up-instance";
import { findOpenssl } from "@/testing/programs";
import { createCertificate, NEEDED, startCluster, startSentinels, type TestRedis } from "@/testing/redis";

const program = inject("redis");
const openssl = findOpenssl();
if (!program || !openssl) test.skip(`TLS to Redis, which needs ${NEEDED}, and openssl`);

const servers: TestRedis[] = [];
afterAll(() => Promise.all(servers.map((server) => server.kill())));

/** The user of Redis that docs/deploy.md creates, as an option of redis-server. */
function documentedUser(): string[] {
  const [, user = ""] = /ACL SETUSER (latchkey on >password .*?)`/s.exec(readFileSync("docs/deploy.md", "utf8")) ?? [];
  return ["--user", ...user.split(/\s+/)];
}

async function startSecureCluster(kind: Parameters<typeof startCluster>[1]): Promise<string> {
  const { url, nodes } = await startCluster(String(program), kind);
  servers.push(...nodes);
  return url;
}

async function startSecureSentinels(kind: Parameters<typeof startSentinels>[1]): Promise<string> {
  const { url, nodes, sentinels } = await startSentinels(String(program), kind);
  servers.push(...nodes, ...sentinels);
  return url;
}

test.skipIf(!program || !openssl).each([
  ["a cluster", startSecureCluster],
  ["Sentinel", startSecureSentinels],
])("Redis answers over TLS, to a user with few rights (%s)", async (_what, start) => {
  const tls = createCertificate(String(openssl));
  const url = (await start({ tls, options: documentedUser() })).replace("//", "//latchkey:password@");
  const user = await createUser({
    email: `${randomUUID()}@example.com`,
    name: "A",
    passwordHash: "none",
    role: "user",
  });
  const browser = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
  const { token } = await transaction((tx) => postgres.create(tx, user, browser));

  // Another process: Node.js reads which certificates to trust when it starts.
  const instance = startLookUps({ REDIS_URL: url, NODE_EXTRA_CA_CERTS: tls.certificate });
  const answered = async () => {
    const { isThere, hits } = await askInstance(instance, { token });
    expect(isThere).toBe(true);
    return hits;
  };
  await expect.poll(answered, { timeout: 15_000 }).toBeGreaterThan(0);
});
