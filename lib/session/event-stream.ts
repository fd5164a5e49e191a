// What the two ends of the stream have to agree on: the server, and the script of every
// private page. Nothing else is in this file, so that the browser loads nothing else.

/** The address of the stream. */
export const STREAM = "/api/events";

/** The events of the stream: a session's end; something new to show; or "ask, for something may have been missed". */
export const STREAM_EVENTS = ["ended", "changed", "ask"] as const;

export type StreamEvent = (typeof STREAM_EVENTS)[number];
