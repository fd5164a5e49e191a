// Messages between the processes of one instance, over Node.js's IPC channel.

/** Tells a process to stop. A signal would end it at once on Windows. */
export const STOP = "stop";

/** How long to wait for a response, in milliseconds. */
const PATIENCE = 4000;

/** The other end of the channel. */
type Peer = {
  send?(message: object, done: (error: Error | null) => void): unknown;
  on(event: "message", listen: (message: unknown) => void): unknown;
};

type Message = { question?: string; number?: number; answer?: unknown };

/**
 * Responds to the peer's questions with `answers`, and returns a function that asks the
 * peer. It resolves to the peer's response, or to null when none arrives in time.
 */
export function converse(
  peer: Peer,
  answers: Record<string, () => Promise<unknown>>,
): (question: string) => Promise<unknown> {
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;

  peer.on("message", async (message) => {
    const { question, number, answer } = (message ?? {}) as Message;
    if (number === undefined) return;
    if (question === undefined) return waiting.get(number)?.(answer);
    const found = await answers[question]?.().catch(() => null);
    peer.send?.({ number, answer: found ?? null }, () => {});
  });

  return (question) =>
    new Promise((resolve) => {
      const number = ++asked;
      const settle = (answer: unknown) => {
        clearTimeout(late);
        waiting.delete(number);
        resolve(answer);
      };
      const late = setTimeout(settle, PATIENCE, null);
      waiting.set(number, settle);
      // A process that has ended does not respond.
      peer.send?.({ question, number }, (error) => error && settle(null));
    });
}
