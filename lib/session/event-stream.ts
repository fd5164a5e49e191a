// What the server and the script of every private page must agree on about the event stream.
// Nothing else belongs in this file, because browsers load all of it.

/** The path of the event stream. */
export const STREAM = "/api/events";

/**
 * Stream events: a session ended; there is something new to show; "check again, you may have missed an event"; or a
 * page was opened or closed elsewhere. The data of "ended" is a ticket with which each page confirms to the server
 * that it is blank, by a POST to the stream's path; it is empty if nobody waits for that.
 */
export const STREAM_EVENTS = ["ended", "changed", "ask", "pages"] as const;

export type StreamEvent = (typeof STREAM_EVENTS)[number];
