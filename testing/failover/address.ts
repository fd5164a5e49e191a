// Loaded first by an instance: its connections to the addresses of network.ts come from one of its own, as those of
// another machine would.

import { type NetConnectOpts, Socket } from "node:net";

const { OWN_ADDRESS } = process.env;

const { connect } = Socket.prototype;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  // node:net hands on a list: the options, and what to call.
  const [options] = [args[0]].flat() as [NetConnectOpts | undefined];
  const isElsewhere = typeof options === "object" && "host" in options && /^10\.77\./.test(String(options.host));
  if (OWN_ADDRESS && isElsewhere) Object.assign(options, { localAddress: OWN_ADDRESS });
  return Reflect.apply(connect, this, args);
} as typeof connect;
