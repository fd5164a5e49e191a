import { randomUUID } from "node:crypto";
import { isTrustedProxy } from "./client-address";

/** What may stand in a line of a log, and in a header, without being taken for something else. */
const ID = /^[\w.-]{1,64}$/;

/** The id of a request: the one that a trusted proxy gave it, so that its log and ours agree, or else a random one. */
export function requestIdOf({ socket, sent }: { socket: string | undefined; sent: string | undefined }): string {
  return sent && ID.test(sent) && isTrustedProxy(socket) ? sent : randomUUID();
}
