/** Where Redis is: one server, several Sentinels that know it by a name, or nodes of a cluster. */
export type RedisPlace = {
  kind: "single" | "sentinel" | "cluster";
  nodes: { host: string; port: number }[];
  /** The name by which Sentinels know the primary. */
  name?: string;
  username?: string;
  password?: string;
  database: number;
  isEncrypted: boolean;
};

const PATTERN = /^(rediss?):\/\/(?:([^:@/?#]*):([^@/?#]*)@)?([^@/?#]+)(?:\/(\d*))?(?:\?([^#]*))?$/;
const NODE = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;

/** Reads a `redis://` or `rediss://` URL: see `REDIS_URL` in .env.example. Null if it is not one. */
export function parseRedisUrl(text: string): RedisPlace | null {
  const [, scheme, user = "", password = "", hosts = "", database = "", query = ""] = PATTERN.exec(text.trim()) ?? [];
  if (!scheme) return null;

  const options = new URLSearchParams(query);
  const name = options.get("sentinel");
  const kind = options.has("cluster") ? "cluster" : name ? "sentinel" : "single";
  const nodes = hosts.split(",").map((host) => parseNode(host.trim(), kind === "sentinel" ? 26_379 : 6379));
  const isKnown = [...options.keys()].every((key) => key === "cluster" || key === "sentinel");
  if (!isKnown || (options.has("cluster") && options.has("sentinel")) || name === "") return null;
  if (kind === "single" ? nodes.length > 1 : kind === "cluster" && Number(database) > 0) return null;

  const reading = [user, password].map(decoded);
  if (nodes.includes(null) || reading.includes(null)) return null;
  return {
    kind,
    nodes: nodes.filter((node) => node !== null),
    ...(name && { name }),
    ...(user && { username: String(reading[0]) }),
    ...(password && { password: String(reading[1]) }),
    database: Number(database),
    isEncrypted: scheme === "rediss",
  };
}

function parseNode(text: string, usual: number): { host: string; port: number } | null {
  const [, host, port = String(usual)] = NODE.exec(text) ?? [];
  const number = Number(port);
  return host && number > 0 && number < 65_536 ? { host: host.replace(/^\[|\]$/g, ""), port: number } : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
