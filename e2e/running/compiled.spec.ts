import { spawnSync } from "node:child_process";
import { expect, test } from "@/e2e/support/fixtures";
import { startServer } from "@/testing/server";

/** Makes a process of Node.js print when a transpiler registers itself, as tsx does. */
const TELLING = `--import=data:text/javascript,${encodeURIComponent(`
  import module, { syncBuiltinESMExports } from "node:module";
  const { register } = module;
  module.register = (...what) => { process.stderr.write("TRANSPILER"); return register(...what); };
  syncBuiltinESMExports();`)}`;

test("a server runs compiled code: no transpiler stays in its process", async () => {
  // A command that runs from its source shows that the check works.
  const { stderr } = spawnSync(process.execPath, [TELLING, "cli/main.mjs", "policy"], { encoding: "utf8" });
  expect(stderr).toContain("TRANSPILER");

  const server = await startServer({ NODE_OPTIONS: TELLING });
  expect((await fetch(`${server.url}/login`)).status).toBe(200);
  await server.stop();
  expect(server.said()).not.toContain("TRANSPILER");
});
