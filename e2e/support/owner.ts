import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "playwright/test";
import puppeteer from "puppeteer-core";
import { db } from "@/lib/db";
import { proofOf } from "@/lib/session/dbsc/proof";
import { cookieHeader, takeCookies } from "@/testing/cookie-jar";
import { actionNumber } from "@/testing/post-action";
import { letPass } from "@/testing/sessions";
import { PROOF, startChromium } from "./bound-browser";
import type { TestUser } from "./fixtures";
import type { SecureServer } from "./secure-server";

// A real browser in which somebody is logged in, whose cookies a thief copies.

/** What differs between the browsers: Playwright drives Chromium, and Puppeteer Firefox. */
type Driven = {
  tabs: Tab[];
  cookies(): Promise<{ name: string; value: string; expires?: number }[]>;
  /** Only a browser that binds its session has a proof. */
  context: BrowserContext | null;
  close(): Promise<void>;
};

type Tab = {
  goto(address: string): Promise<unknown>;
  evaluate<Given, Told>(work: (given: Given) => Told, given: Given): Promise<Awaited<Told>>;
};

/** A browser program. It opens windows that share no cookies, or, with a folder, one that keeps them there. */
export type Program = {
  isBinding: boolean;
  open(folder?: string): Promise<Driven>;
  close(): Promise<void>;
};

const TABS = [1, 2];

/** Starts a Chromium, which binds its sessions or cannot. */
export async function chromiumProgram(server: SecureServer, isBinding: boolean): Promise<Program> {
  const home = await startChromium(server, { isBinding });
  const driven = async (context: BrowserContext, close: () => Promise<void>): Promise<Driven> => ({
    tabs: (await Promise.all(TABS.map(() => context.newPage()))) as unknown as Tab[],
    cookies: () => context.cookies(),
    context: isBinding ? context : null,
    close,
  });
  return {
    isBinding,
    async open(folder) {
      if (folder) {
        const { context, close } = await startChromium(server, { isBinding, folder });
        return driven(context, close);
      }
      const context = await home.browser?.newContext();
      if (!context) throw new Error("Chromium has ended");
      return driven(context, () => context.close());
    },
    close: home.close,
  };
}

/** Starts a Firefox, which cannot bind its sessions. */
export async function firefoxProgram({ host }: SecureServer): Promise<Program> {
  const start = (userDataDir?: string) =>
    puppeteer.launch({
      browser: "firefox",
      executablePath: process.env.FIREFOX,
      acceptInsecureCerts: true,
      extraPrefsFirefox: { "network.dns.localDomains": host },
      userDataDir,
    });
  const home = await start();
  return {
    isBinding: false,
    async open(folder) {
      const browser = folder ? await start(folder) : null;
      const context = browser?.defaultBrowserContext() ?? (await home.createBrowserContext());
      const tabs: Tab[] = [];
      for (const _ of TABS) tabs.push((await context.newPage()) as unknown as Tab);
      return {
        tabs,
        cookies: () => context.cookies(),
        context: null,
        close: () => (browser ? browser.close() : context.close()),
      };
    },
    close: () => home.close(),
  };
}

type Jar = Map<string, string>;

/** The owner of a session, in a browser. */
export class Owner {
  private readonly thieves: Thief[] = [];
  private handle = "";

  private constructor(
    readonly server: SecureServer,
    readonly user: TestUser,
    private readonly program: Program,
    private readonly folder: string | undefined,
    private driven: Driven,
  ) {}

  /** Logs in by a new window's script, without the form: its page takes long to load. */
  static async logIn(server: SecureServer, program: Program, { user, keeps }: { user: TestUser; keeps: boolean }) {
    const folder = keeps ? mkdtempSync(join(tmpdir(), "latchkey-owner-")) : undefined;
    const owner = new Owner(server, user, program, folder, await program.open(folder));
    for (const tab of owner.driven.tabs) await tab.goto(`${server.url}/robots.txt`);
    // The first answer sets a cookie, without which the server takes the browser for one that keeps none.
    for (let tries = 0; tries < 10 && !(await owner.jar()).has("__Host-session"); tries++)
      await owner.act("login", "/login", { email: user.email, password: user.password });
    const where = { userId: user.id };
    owner.handle = (await db().session.findFirstOrThrow({ where, select: { handle: true } })).handle;
    return owner;
  }

  get isBinding(): boolean {
    return this.program.isBinding;
  }

  private get tab(): Tab {
    return this.driven.tabs[0] as Tab;
  }

  /** Sends an action, as the script of its form does. */
  async act(name: string, path: string, fields: Record<string, string>): Promise<void> {
    const sent = { id: actionNumber(name), path, fields };
    await this.tab.evaluate(async ({ id, path, fields }) => {
      const body = new FormData();
      for (const [field, value] of Object.entries(fields)) body.append(`_1_${field}`, value);
      body.append("0", '[{},"$K1"]');
      await fetch(path, { method: "POST", headers: { "Next-Action": id }, body }).then((answer) => answer.text());
    }, sent);
  }

  /** Requests a page in this many tabs at once. Returns the path at which each arrives, or null if no answer arrives. */
  async get(tabs = 1): Promise<(string | null)[]> {
    const ask = (path: string) =>
      fetch(path).then(
        (answer) => answer.text().then(() => (answer.ok ? new URL(answer.url).pathname : `${answer.status}`)),
        () => null,
      );
    return Promise.all(this.driven.tabs.slice(0, tabs).map((tab) => tab.evaluate(ask, "/dashboard")));
  }

  /** Opens a page, and returns its text. */
  async read(): Promise<string> {
    await this.tab.goto(`${this.server.url}/dashboard`);
    // biome-ignore lint/performance/useDomNodeTextContent: the page's scripts contain words, too
    return this.tab.evaluate(() => document.body.innerText, null);
  }

  async jar(): Promise<Jar> {
    return new Map((await this.driven.cookies()).map(({ name, value }) => [name, value]));
  }

  /** Somebody elsewhere who has these cookies. */
  robbed(jar: Jar): Thief {
    const thief = new Thief(this.server, jar);
    this.thieves.push(thief);
    return thief;
  }

  /** Lets time pass: everything that has a date becomes older, also in the cookies. */
  async pass(milliseconds: number): Promise<void> {
    await letPass(this.handle, milliseconds);
    const older = (proof: string) => proofOf(this.handle, new Date(Number(proof.slice(0, 13)) - milliseconds));
    for (const { jar } of this.thieves) {
      const proof = jar.get(PROOF);
      if (proof) jar.set(PROOF, older(proof));
    }
    const { context } = this.driven;
    const proof = (await context?.cookies())?.find(({ name }) => name === PROOF);
    if (!context || !proof) return;
    const { name, value, httpOnly, secure, sameSite } = proof;
    const expires = proof.expires - milliseconds / 1000;
    if (expires <= Date.now() / 1000) return context.clearCookies({ name });
    await context.addCookies([
      { name, value: older(value), url: this.server.url, expires, httpOnly, secure, sameSite },
    ]);
  }

  /** Closes the browser, and starts it anew. */
  async restart(): Promise<void> {
    await this.driven.close();
    this.driven = await this.program.open(this.folder);
    for (const tab of this.driven.tabs) await tab.goto(`${this.server.url}/robots.txt`);
  }

  async close(): Promise<void> {
    await this.driven.close();
    if (this.folder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Another client with copied cookies. It takes those of each answer, too. */
export class Thief {
  constructor(
    private readonly server: SecureServer,
    readonly jar: Jar,
  ) {}

  /** Requests a page. Returns whether it is shown. */
  async isIn(): Promise<boolean> {
    const headers = { cookie: cookieHeader(this.jar), "user-agent": "Thief", "x-forwarded-for": "198.51.100.66" };
    const answer = await this.server.ask("/dashboard", { headers });
    takeCookies(this.jar, answer);
    return answer.status === 503 ? this.isIn() : answer.status === 200;
  }
}
