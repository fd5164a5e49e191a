// Cuts links between addresses of a network of our own: cli/commands/test.ts starts these tests in one.

import { spawnSync } from "node:child_process";
import type { TestContext } from "vitest";
import { PRODUCT } from "@/testing/redis";

/** Whether links can be cut here. */
const HAS_NETWORK = process.env.FAILOVER === "network";

/** A test that cuts links, which is skipped where that is not possible. */
export function cutting(work: () => Promise<void>) {
  return async ({ skip }: TestContext) => {
    if (!HAS_NETWORK) skip("needs root, unshare and ip (apt-get install iproute2)");
    await work();
  };
}

/** The third part of our addresses: both products are lost at the same time. */
const PART = PRODUCT === "Redis" ? 0 : 1;

/** This many addresses that no other file uses, beginning with the one that ends in `first`; without a network, all the same. */
export function hostsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => (HAS_NETWORK ? `10.77.${PART}.${first + index}` : "127.0.0.1"));
}

/** The rules that cut links have this priority. The kernel asks them before the table of addresses. */
const PRIORITY = 10;

/** The table of routes in which packets are lost: `findOwnNetwork` in testing/programs.ts. */
const NOWHERE = 77;

/** The links that are cut by this file. Others cut their own at the same time. */
let links: string[] = [];

/** Cuts the links between an address and each of these: packets in both directions are lost. */
export function cut(host: string, others: string[]): void {
  const more = others.flatMap((other) => [`from ${host} to ${other}`, `from ${other} to ${host}`]);
  links.push(...more);
  change("add", more);
}

/** Restores all links that this file has cut. */
export function heal(): void {
  if (links.length > 0) change("del", links);
  links = [];
}

function change(what: "add" | "del", those: string[]): void {
  const input = those.map((link) => `rule ${what} pref ${PRIORITY} ${link} lookup ${NOWHERE}\n`).join("");
  const { status, stderr } = spawnSync("ip", ["-batch", "-"], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
