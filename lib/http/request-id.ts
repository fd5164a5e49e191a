import { randomUUID } from "node:crypto";
import { isTrustedProxy } from "./client-address";

/** Ids that nothing can misread in a log line or in a header. */
const ID = /^[\w.-]{1,64}$/;

/**
 * The id of a request. An id from a trusted proxy is kept, so that the proxy's log and ours agree;
 * otherwise it is random.
 */
export function requestIdOf({ socket, sent }: { socket: string | undefined; sent: string | undefined }): string {
  return sent && ID.test(sent) && isTrustedProxy(socket) ? sent : randomUUID();
}
