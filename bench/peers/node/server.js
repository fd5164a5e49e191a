import { createServer } from "node:http";

/** Latchkey's response, for a fictional user. */
const ANSWER = {
  user: { id: "01890a5d-ac96-774b-bcce-b302099a8057", email: "bench@example.com", name: "Bench", role: "user" },
  session: {
    handle: "f0d8c3f4-8a53-4a5c-9d5e-3b1f0c6c1a52",
    name: null,
    publicComputer: false,
    userAgent: "Bench",
    ipAddress: "127.0.0.1",
    lastIpAddress: "127.0.0.1",
    confirmedAt: "2026-01-01T00:00:00.000Z",
    confirmedUntil: "2026-01-01T00:15:00.000Z",
    createdAt: "2026-01-01T00:00:00.000Z",
    lastSeenAt: "2026-01-01T00:00:00.000Z",
    idleAt: "2026-01-08T00:00:00.000Z",
    totalAt: "2026-01-31T00:00:00.000Z",
  },
};

createServer((_request, response) => {
  const body = JSON.stringify({ ...ANSWER, now: new Date() });
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}).listen(Number(process.env.PORT), "127.0.0.1");
