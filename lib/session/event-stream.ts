// What the server and the script of every private page must agree on about the event stream.
// Nothing else belongs in this file, because browsers load all of it.

/** The path of the event stream. */
export const STREAM = "/api/events";

/** Stream events: a session ended; there is something new to show; or "check again, you may have missed an event". */
export const STREAM_EVENTS = ["ended", "changed", "ask"] as const;

export type StreamEvent = (typeof STREAM_EVENTS)[number];
