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
])("an address of IPv4 is one customer, and of IPv6 its network of 64 bits: %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("the network of an IPv6 address is the one that Postgres takes it for", async () => {
  // An IPv4 address in IPv6 dress is one customer.
  const written = fc.sample(fc.ipV6(), 5000).filter((address) => isIPv6(oneAddress(address)));
  const networks = written.map(networkOf);

  const [differing] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int FROM unnest(${written}::text[], ${networks}::text[]) AS t (written, network)
     WHERE network(set_masklen(written::inet, 64)) <> network::cidr`;
  expect(written.length).toBeGreaterThan(1000);
  expect(differing).toEqual({ count: 0 });
});
