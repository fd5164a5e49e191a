/** A URL of Postgres that no connection can be made of. The message follows the name of the setting. */
export class HostsError extends Error {
  override name = "HostsError";
}

/**
 * The hosts of a Postgres URL, each as a URL of its own, in their order. A URL with one host is
 * returned as it is.
 *
 * libpq takes a list in place of the host, or as `host=` and `port=`, with one port for each host, or
 * one for all (postgresql.org/docs/current/libpq-connect.html). pg knows no lists. Throws a HostsError.
 */
export function urlsOfHosts(url: string): string[] {
  const [, scheme = "", authority = "", path = "", query = ""] =
    /^(\w+:\/\/)([^/?#]*)([^?#]*)\??([^#]*)/.exec(url) ?? [];
  const parameters = new URLSearchParams(query);
  const named = parameters.get("host");
  const login = authority.slice(0, authority.lastIndexOf("@") + 1);
  const hosts = (named ?? authority.slice(login.length)).split(",");
  const ports = (parameters.get("port") ?? "").split(",");
  if (hosts.length === 1 && ports.length === 1) return [url];

  if (hosts.includes("")) throw new HostsError("has a list of hosts with an empty entry");
  if (ports.length > 1 && ports.length !== hosts.length)
    throw new HostsError(`names ${hosts.length} hosts, but ${ports.length} ports`);
  return hosts.map((host, at) => {
    const its = new URLSearchParams(parameters);
    const port = ports.length > 1 ? ports[at] : ports[0];
    if (port) its.set("port", port);
    if (named !== null) its.set("host", host);
    const rest = its.size > 0 ? `?${its}` : "";
    return `${scheme}${named === null ? login + host : authority}${path}${rest}`;
  });
}
