import { spawnSync } from "node:child_process";
import { expect, test } from "@/e2e/support/fixtures";
import { seal } from "@/lib/session/cookie";
import { cookieName } from "@/testing/cookie-name";
import { createDatabase } from "@/testing/databases";
import { startServer } from "@/testing/server";

/** Makes each process of Node.js run this code first. */
const first = (code: string) => `--import=data:text/javascript,${encodeURIComponent(code)}`;

/** Makes a process print when a transpiler registers itself, as tsx does. */
const TELLING = first(`
  import module, { syncBuiltinESMExports } from "node:module";
  const { register } = module;
  module.register = (...what) => { process.stderr.write("TRANSPILER"); return register(...what); };
  syncBuiltinESMExports();`);

/** Makes a process print when it loads WebAssembly, as Prisma does before its first query. */
const COUNTING = first(`
  WebAssembly.Module = class extends WebAssembly.Module {
    constructor(bytes) { super(bytes); process.stderr.write("WEBASSEMBLY"); }
  };`);

test("a server runs compiled code: no transpiler stays in its process", async () => {
  // A command that runs from its source shows that the check works.
  const { stderr } = spawnSync(process.execPath, [TELLING, "cli/main.mjs", "policy"], { encoding: "utf8" });
  expect(stderr).toContain("TRANSPILER");

  const server = await startServer({ NODE_OPTIONS: TELLING });
  expect((await fetch(`${server.url}/login`)).status).toBe(200);
  await server.stop();
  expect(server.said()).not.toContain("TRANSPILER");
});

test("a server that starts prints no line of Next.js", async () => {
  const server = await startServer({});
  await server.stop();
  expect(server.said()).not.toContain("next.config");
});

test("a server loads Prisma's query compiler only once a request needs it", async () => {
  // A database of its own: emails queued in a shared one would load the compiler.
  const DATABASE_URL = await createDatabase(String(process.env.DATABASE_URL), "starting");
  const server = await startServer({ NODE_OPTIONS: COUNTING, DATABASE_URL });
  const { status } = await fetch(`${server.url}/login`);
  expect([status, server.said().includes("WEBASSEMBLY")]).toEqual([200, false]);

  // A session that has ended is looked up in the ledger, by Prisma.
  const cookie = `${cookieName(server.url)}=${await seal("x".repeat(43))}`;
  expect((await fetch(`${server.url}/api/session`, { headers: { cookie } })).status).toBe(401);
  await expect.poll(() => server.said()).toContain("WEBASSEMBLY");
  await server.stop();
});
