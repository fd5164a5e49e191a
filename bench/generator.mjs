// Makes the requests, in a process of its own: what they cost here is not
// counted with the server's.

import autocannon from "autocannon";

/** @typedef {{ method?: "GET" | "POST", path: string, headers?: Record<string, string>, body?: string }} Ask */
/** @typedef {{ url: string, asks: Ask[], connections: number, amount: number | null }} Order */
/** @typedef {{ times: number[], statuses: Record<string, number>, errors: number, bytes: number, seconds: number }} Fired */

/** Without an amount, requests are made until the order is taken back. In seconds. */
const LONG = 3600;

/** @type {autocannon.Instance | undefined} */
let running;

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {Order | "stop"} */ order) => {
  if (order === "stop") running?.stop?.();
  else fire(order).then((fired) => process.send?.(fired));
});

/**
 * Asks as often as ordered, in turn for each of `asks`, and waits for all answers.
 * @param {Order} order
 * @returns {Promise<Fired>}
 */
async function fire({ url, asks, connections, amount }) {
  /** @type {number[]} */
  const times = [];
  /** @type {Record<string, number>} */
  const statuses = {};
  let bytes = 0;
  let next = 0;
  const started = performance.now();
  let last = started;

  const { errors } = await new Promise((resolve, reject) => {
    running = autocannon(
      {
        url,
        connections: Math.min(connections, amount ?? connections),
        ...(amount ? { amount } : { duration: LONG }),
        // It notices in this time, in milliseconds, that it has come to the end.
        sampleInt: 50,
        timeout: 60,
        requests: [{ setupRequest: (request) => ({ ...request, ...asks[next++ % asks.length] }) }],
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    running.on("response", (_client, status, size, time) => {
      times.push(time);
      statuses[status] = (statuses[status] ?? 0) + 1;
      bytes += size;
      last = performance.now();
    });
  });
  return { times, statuses, errors, bytes, seconds: (last - started) / 1000 };
}
