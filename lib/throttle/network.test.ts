import { isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { oneAddress } from "@/lib/http/network";
import { networkOf } from "./network";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  [null, "unknown"],
])("throttling counts an IPv4 address by itself, and an IPv6 address by its /64 network: %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("networkOf gives the same /64 network of an IPv6 address as Postgres", async () => {
  // Without IPv4 addresses in IPv6 notation, which count as IPv4.
  const written = fc.sample(fc.ipV6(), 5000).filter((address) => isIPv6(oneAddress(address)));
  const networks = written.map(networkOf);

  const [differing] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int FROM unnest(${written}::text[], ${networks}::text[]) AS t (written, network)
     WHERE network(set_masklen(written::inet, 64)) <> network::cidr`;
  expect(written.length).toBeGreaterThan(1000);
  expect(differing).toEqual({ count: 0 });
});
