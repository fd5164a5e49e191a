/** A statement that a client of Postgres executed. */
export type Statement = {
  sql: string;
  /** The name of the prepared statement; empty for one that Postgres plans each time. */
  name: string;
};

/**
 * Parses the bytes that a client sends, and reports the statements that it executes: the
 * messages Parse, Bind, Execute and Query of
 * postgresql.org/docs/current/protocol-message-formats.html. Use one per connection.
 */
export function overhear(hear: (statement: Statement) => void): (chunk: Buffer) => void {
  const planned = new Map<string, string>();
  let heard = Buffer.alloc(0);
  let hasBegun = false;
  let bound: Statement = { sql: "", name: "" };

  const understand = (type: string, body: Buffer) => {
    const [first = "", second = ""] = body.toString("latin1").split("\0");
    if (type === "P") planned.set(first, second);
    if (type === "B") bound = { sql: planned.get(second) ?? "", name: second };
    if (type === "E") hear(bound);
    if (type === "Q") hear({ sql: first, name: "" });
  };

  return (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    // The first message of a connection has no type.
    for (let start = hasBegun ? 1 : 0; heard.length >= start + 4; start = 1) {
      const length = start + heard.readUInt32BE(start);
      if (heard.length < length) return;
      if (hasBegun) understand(String.fromCharCode(heard[0] ?? 0), heard.subarray(5, length));
      hasBegun = true;
      heard = heard.subarray(length);
    }
  };
}
