// What the processes of one instance say to each other, over the channel that Node puts between them.

/** Tells a process to stop. Not a signal: on Windows that would end it at once. */
export const STOP = "stop";

/** How long to wait for an answer, in milliseconds. */
const PATIENCE = 4000;

/** The other end of the channel. */
type Peer = {
  send?(message: object, done: (error: Error | null) => void): unknown;
  on(event: "message", listen: (message: unknown) => void): unknown;
};

type Message = { question?: string; number?: number; answer?: unknown };

/**
 * Answers the peer's questions with `answers`, and returns a function that asks the peer
 * one. It resolves to the peer's answer, or to null when there is none in time.
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
      // One that has gone answers nothing.
      peer.send?.({ question, number }, (error) => error && settle(null));
    });
}
