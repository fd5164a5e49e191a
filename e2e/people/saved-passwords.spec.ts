import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type TestUser, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { freePort } from "@/testing/free-port";
import { endWithTests } from "@/testing/server";

/**
 * Drives Firefox by its own protocol, Marionette. Unlike WebDriver it reaches
 * the browser's internals, such as saved passwords.
 */
class Firefox {
  private answers: ((message: unknown[]) => void)[] = [];
  private text = Buffer.alloc(0);

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: Socket,
    private readonly profile: string,
  ) {
    socket.on("data", (chunk) => this.read(chunk));
  }

  static async start(path: string): Promise<Firefox> {
    const [profile, port] = [mkdtempSync(join(tmpdir(), "latchkey-firefox-")), await freePort()];
    writeFileSync(join(profile, "user.js"), `user_pref("marionette.port", ${port});\n`);
    const args = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile];
    const process = spawn(path, args, { stdio: "ignore" });
    endWithTests(process);
    const firefox = new Firefox(process, await reach(port), profile);
    await firefox.hear();
    await firefox.send("WebDriver:NewSession", {});
    return firefox;
  }

  /** Runs a script in the page or, with `chrome`, in the browser itself, and returns its result. */
  async run(script: string, args: unknown[] = [], context: "content" | "chrome" = "content"): Promise<unknown> {
    await this.send("Marionette:SetContext", { value: context });
    const answer = (await this.send("WebDriver:ExecuteScript", { script, args })) as { value: unknown };
    return answer.value;
  }

  async open(url: string): Promise<void> {
    await this.send("Marionette:SetContext", { value: "content" });
    await this.send("WebDriver:Navigate", { url });
  }

  async stop(): Promise<void> {
    this.socket.destroy();
    this.process.kill("SIGKILL");
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private async send(command: string, parameters: object): Promise<unknown> {
    const message = JSON.stringify([0, 1, command, parameters]);
    this.socket.write(`${Buffer.byteLength(message)}:${message}`);
    const [, , error, result] = await this.hear();
    if (error) throw new Error(`${command}: ${JSON.stringify(error)}`);
    return result;
  }

  private hear(): Promise<unknown[]> {
    return new Promise((resolve) => this.answers.push(resolve));
  }

  private read(chunk: Buffer): void {
    this.text = Buffer.concat([this.text, chunk]);
    for (;;) {
      const colon = this.text.indexOf(":");
      const end = colon + 1 + Number(this.text.subarray(0, colon));
      if (colon < 0 || this.text.length < end) return;
      const message = JSON.parse(this.text.subarray(colon + 1, end).toString());
      this.text = this.text.subarray(end);
      this.answers.shift()?.(message);
    }
  }
}

/** Connects to a port as soon as it is listened on. */
async function reach(port: number): Promise<Socket> {
  let socket: Socket | null = null;
  await expect
    .poll(
      async () => {
        socket = await new Promise<Socket | null>((resolve) => {
          const tried = connect(port, "127.0.0.1", () => resolve(tried));
          tried.once("error", () => resolve(null));
        });
        return socket !== null;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  return socket as unknown as Socket;
}

async function save(firefox: Firefox, { email, password }: TestUser): Promise<void> {
  // Automation turns off filling in passwords. Turn it on again, as users have it.
  await firefox.run(
    `const [origin, name, password] = arguments;
     for (const setting of ["rememberSignons", "autofillForms"]) Services.prefs.setBoolPref("signon." + setting, true);
     const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
     login.init(origin, origin, null, name, password, "email", "password");
     return Services.logins.addLoginAsync(login).then(() => true);`,
    [process.env.APP_URL, email, password],
    "chrome",
  );
}

test("when the browser fills in a saved password, a single click does not delete the account", async ({ user }) => {
  const path = process.env.FIREFOX ?? "";
  test.skip(!existsSync(path), "there is no Firefox on this machine");
  test.setTimeout(120_000);

  const firefox = await Firefox.start(path);
  try {
    await save(firefox, user);
    await firefox.open(`${process.env.APP_URL}/login`);
    const filledInto = (field: string) => firefox.run(`return document.querySelector("${field}")?.value`);
    await expect.poll(() => filledInto("[name=password]")).toBe(user.password);
    await firefox.run(`document.querySelector("[name=password]").form.querySelector("[type=submit]").click()`);
    await expect.poll(() => firefox.run("return location.pathname")).toBe("/dashboard");

    await firefox.open(`${process.env.APP_URL}/account`);
    // Firefox fills in some password field by itself. The word that only a user can type stays empty.
    await expect
      .poll(() =>
        firefox.run(`return [...document.querySelectorAll("[type=password]")].some(({ value }) => value !== "")`),
      )
      .toBe(true);
    expect(await filledInto("[name=word]")).toBe("");
    await firefox.run(`document.querySelector("#delete-current").value = arguments[0]`, [user.password]);
    await firefox.run(
      `document.querySelector("[name=word]").form.querySelector("[type=submit]:not([hidden])").click()`,
    );
    await expect.poll(() => firefox.run("return document.body?.textContent")).toContain("Type the word shown above.");
    expect(await db().user.count({ where: { id: user.id } })).toBe(1);
  } finally {
    await firefox.stop();
  }
});
