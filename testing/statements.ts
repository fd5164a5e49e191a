/** A statement that a client of Postgres executed. */
export type Statement = {
  sql: string;
  /** The name of the prepared statement; empty for one that Postgres plans each time. */
  name: string;
};

/**
 * Whether it is one of the server's own statements, which deliver emails, check new connections and the one that it
 * listens on, and count sessions. No request causes them.
 */
export function isByItself({ sql }: Statement): boolean {
  return /^\s*(UPDATE mails|INSERT INTO links|DELETE FROM "public"."mails"|SELECT "public"."users"|LISTEN|INSERT INTO hourly_counts|SELECT identity|SELECT \(pg_relation_size|SELECT count\(\*\)::int AS count\s+FROM sessions s LEFT JOIN)/.test(
    sql,
  );
}

/**
 * Parses the bytes of one direction of a connection, and reports its messages: their type and their content, as
 * postgresql.org/docs/current/protocol-message-formats.html describes them. Use one per connection and direction.
 */
function parseMessages(
  { from }: { from: "client" | "server" },
  hear: (type: string, body: Buffer) => void,
): (chunk: Buffer) => void {
  let heard = Buffer.alloc(0);
  // The first message of a client has no type.
  let hasBegun = from === "server";

  return (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    for (let start = hasBegun ? 1 : 0; heard.length >= start + 4; start = 1) {
      const length = start + heard.readUInt32BE(start);
      if (heard.length < length) return;
      if (hasBegun) hear(String.fromCharCode(heard[0] ?? 0), heard.subarray(5, length));
      hasBegun = true;
      heard = heard.subarray(length);
    }
  };
}

/**
 * Listens to a connection to Postgres: reports the statements that its client executes, and the round trips. Statements
 * that leave while the response to an earlier one is still due belong to the round trip of that one.
 */
export function overhear(hear: (statement: Statement) => void, hearTrip: (trip: Statement[]) => void) {
  const planned = new Map<string, string>();
  let bound: Statement = { sql: "", name: "" };
  let [trip, due]: [Statement[], number] = [[], 0];

  const execute = (statement: Statement) => {
    hear(statement);
    if (due === 0 && trip.length === 0) hearTrip(trip);
    trip.push(statement);
  };
  const client = parseMessages({ from: "client" }, (type, body) => {
    const [first = "", second = ""] = body.toString("latin1").split("\0");
    if (type === "P") planned.set(first, second);
    if (type === "B") bound = { sql: planned.get(second) ?? "", name: second };
    if (type === "E") execute(bound);
    if (type === "Q") execute({ sql: first, name: "" });
    // Query and Sync: the server answers each with ReadyForQuery.
    if (type === "Q" || type === "S") due++;
  });
  const server = parseMessages({ from: "server" }, (type) => {
    if (type !== "Z" || due === 0) return;
    due--;
    if (due === 0) trip = [];
  });
  return { client, server };
}
