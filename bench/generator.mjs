// Sends the requests from a separate process, so that their cost is not counted as the
// server's.

import autocannon from "autocannon";

/** @typedef {{ method?: "GET" | "POST", path: string, headers?: Record<string, string>, body?: string }} Ask */
/** @typedef {{ url: string, asks: Ask[], connections: number, amount: number | null }} Order */
/** @typedef {{ times: number[], statuses: Record<string, number>, errors: number, bytes: number, seconds: number }} Fired */

/** Whether `keepFiring` continues to send requests. */
let isWanted = false;

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {Order | "stop"} */ order) => {
  if (order === "stop") isWanted = false;
  else (order.amount ? fire(order) : keepFiring(order)).then((fired) => process.send?.(fired));
});

/**
 * Sends `amount` requests, taking turns through `asks`, and waits for all responses.
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
    const running = autocannon(
      {
        url,
        connections: Math.min(connections, Number(amount)),
        amount: Number(amount),
        // How often autocannon checks whether it has finished, in milliseconds.
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

/**
 * Sends requests until "stop", and waits for all responses. An aborted log-in would keep
 * the server busy during the next measurement.
 * @param {Order} order
 * @returns {Promise<Fired>}
 */
async function keepFiring({ url, asks, connections }) {
  /** @type {Fired} */
  const fired = { times: [], statuses: {}, errors: 0, bytes: 0, seconds: 0 };
  const started = performance.now();
  let next = 0;
  isWanted = true;
  const connection = async () => {
    while (isWanted) {
      const { path, ...ask } = asks[next++ % asks.length] ?? { path: "/" };
      const asked = performance.now();
      try {
        const answer = await fetch(url + path, { ...ask, redirect: "manual" });
        fired.bytes += (await answer.arrayBuffer()).byteLength;
        fired.times.push(performance.now() - asked);
        fired.statuses[answer.status] = (fired.statuses[answer.status] ?? 0) + 1;
      } catch {
        fired.errors++;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return { ...fired, seconds: (performance.now() - started) / 1000 };
}
