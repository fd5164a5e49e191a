import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, submitLogin, test } from "@/e2e/support/fixtures";
import { descendantsOf, listProcesses } from "@/e2e/support/processes";
import { freePort } from "@/testing/free-port";
import { ELSEWHERE } from "@/testing/settings";

test.skip(process.platform !== "linux", "Reads /proc");

// The development server compiles each page when it is requested.
test.slow();
test.describe.configure({ mode: "serial" });

const BUILT = String(process.env.APP_URL);

let npm: ChildProcess;
let url: string;
let said = "";

test.beforeAll(async () => {
  const port = String(await freePort());
  url = `http://localhost:${port}`;
  npm = spawn("npm", ["run", "dev"], {
    env: { ...process.env, ...ELSEWHERE, PORT: port, APP_URL: url },
    // A group of its own, to which a Ctrl-C can be sent as a terminal does.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  process.once("exit", end);
  for (const stream of [npm.stdout, npm.stderr]) stream?.on("data", (text) => (said += text));
  await expect.poll(() => said, { timeout: 120_000 }).toContain(`Latchkey   ${url}`);
});

test.afterAll(end);

/** Kills what a failed test has left running. */
function end(): void {
  try {
    process.kill(-Number(npm.pid), "SIGKILL");
  } catch {}
}

/** What a server answers, without the port, which is in addresses and in the name of its cookie. */
async function answerOf(base: string, path: string, options: RequestInit = {}) {
  const { status, headers, body } = await fetch(base + path, { redirect: "manual", ...options });
  const type = headers.get("content-type");
  const text = type?.includes("json") ? await new Response(body).text() : "";
  const plain = (its: string | null) => its?.replaceAll(new URL(base).port, "PORT");
  return { path, status, type, location: plain(headers.get("location")), text: plain(text) };
}

test("npm run dev serves the log-in, the dashboard and the API", async ({ page, user }) => {
  await page.goto(`${url}/login`);
  await submitLogin(page, user);
  // It compiles the action and the dashboard first.
  await expect(page).toHaveURL(`${url}/dashboard`, { timeout: 120_000 });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const session = await page.request.get(`${url}/api/session`);
  expect(await session.json()).toMatchObject({ user: { email: user.email } });
});

const ASKED: [string, RequestInit?][] = [
  ["/api/session"],
  ["/api/verify"],
  ["/api/openapi.json"],
  ["/healthz"],
  ["/dashboard"],
  ["/sessions?page=2"],
  ["/nowhere"],
  ["/login", { method: "PUT" }],
  ["/login", { method: "POST", headers: { Origin: "https://elsewhere.example.com" } }],
];

test("npm run dev answers requests without a session as the build does", async () => {
  for (const [path, options] of ASKED)
    expect(await answerOf(url, path, options)).toEqual(await answerOf(BUILT, path, options));
});

test("npm run dev ends with all its processes on Ctrl-C", async () => {
  const started = [Number(npm.pid), ...descendantsOf(Number(npm.pid)).map(({ pid }) => pid)];
  expect(started.length).toBeGreaterThan(1);
  const exited = once(npm, "exit");
  process.kill(-Number(npm.pid), "SIGINT");
  await exited;

  const left = () => listProcesses().filter(({ pid }) => started.includes(pid));
  await expect.poll(left, { timeout: 60_000 }).toEqual([]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
