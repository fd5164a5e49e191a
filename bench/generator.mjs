// Makes the requests, in a process of its own: what they cost here is not
// counted with the server's.

import autocannon from "autocannon";

/** @typedef {{ method?: "GET" | "POST", path: string, headers?: Record<string, string>, body?: string }} Ask */
/** @typedef {{ url: string, asks: Ask[], connections: number, amount: number | null }} Order */
/** @typedef {{ times: number[], statuses: Record<string, number>, errors: number, bytes: number, seconds: number }} Fired */

/** Whether requests are to be made until they are no longer wanted. */
let isWanted = false;

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {Order | "stop"} */ order) => {
  if (order === "stop") isWanted = false;
  else (order.amount ? fire(order) : keepFiring(order)).then((fired) => process.send?.(fired));
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
    const running = autocannon(
      {
        url,
        connections: Math.min(connections, Number(amount)),
        amount: Number(amount),
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

/**
 * Asks until that is no longer wanted, and waits for all answers: a log-in that
 * was cut off would keep the server busy when something else is measured.
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
