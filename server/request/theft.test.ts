/** @module-tag time */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { HOUR, MINUTE, SECOND } from "@/lib/env";
import { cookieName, proofCookieName, rotationCookieName, seal } from "@/lib/session/cookie";
import { bindChallenge, challengeFor } from "@/lib/session/dbsc/challenge";
import { bindingName } from "@/lib/session/dbsc/messages";
import { proofOf } from "@/lib/session/dbsc/proof";
import { sessionStore } from "@/lib/session/store";
import { createUser } from "@/lib/users/store";
import { cookieHeader, takeCookies } from "@/testing/cookie-jar";
import { testInOneZone } from "@/testing/in-one-zone";
import { letPass } from "@/testing/sessions";
import { type SoftwareKey, softwareKey } from "@/testing/software-key";
import { type Front, startFront, type Told } from "./front.fixture";

// A whole cookie jar is copied at ten moments of a session's life, in a browser that binds its session and in one that
// cannot. And ordinary browsers under a bad network, none of which may be taken for a thief.

Object.assign(process.env, { APP_URL: "https://login.example.com", LOG_LEVEL: "silent", TRUSTED_PROXIES: "127.0.0.1" });

/** The number of ordinary requests. More of them take a while: see CONTRIBUTING.md. */
const REQUESTS = Number(process.env.REQUESTS ?? 1000);

let front: Front;
beforeAll(async () => {
  front = await startFront();
});
afterAll(() => front.close());

/** How often refreshes fail and answers get lost. */
type Network = { failing: number; losing: number };

const GOOD: Network = { failing: 0, losing: 0 };

/** A client with cookies. */
class Client {
  readonly jar: Map<string, string>;
  /** What the server wants to be signed next. */
  challenge = "";

  constructor(
    private readonly address: string,
    protected readonly network: Network = GOOD,
    jar: Iterable<[string, string]> = [],
  ) {
    this.jar = new Map(jar);
  }

  /** Sends a request. Returns the answer, which the client itself may never get. */
  async send(path: string, headers: Record<string, string> = {}, method?: string): Promise<Told> {
    const its = { cookie: cookieHeader(this.jar), "user-agent": "Browser", "x-forwarded-for": this.address };
    const answer = await front.send(path, { ...its, ...headers }, method);
    // A busy server asks to try again.
    if (answer.status === 503 || answer.text === "unavailable") return this.send(path, headers, method);
    if (Math.random() < this.network.losing) return answer;
    takeCookies(this.jar, answer);
    const [, challenge] = /^"([^"]+)"/.exec(String(answer.headers["secure-session-challenge"])) ?? [];
    this.challenge = challenge ?? this.challenge;
    return answer;
  }

  /** Makes the dates in its cookies and its challenge older. */
  age(milliseconds: number, { handle, provedAt }: { handle: string; provedAt: Date | null }): void {
    const older = (text: string) => new Date(Number(text.slice(0, 13)) - milliseconds);
    const proof = this.jar.get(proofCookieName());
    if (proof) this.jar.set(proofCookieName(), proofOf(handle, older(proof)));
    if (this.challenge && provedAt) this.challenge = challengeFor({ handle, provedAt }, older(this.challenge));
  }
}

/** The owner's browser. With a key, it binds its session. */
class Owner extends Client {
  token = "";
  handle = "";
  userId = "";
  refreshes = 0;
  private readonly thieves: Client[] = [];

  constructor(
    private readonly key: SoftwareKey | null,
    network?: Network,
  ) {
    super("192.0.2.7", network);
  }

  async logIn(): Promise<this> {
    const email = `${randomUUID()}@example.com`;
    const user = await createUser({ email, name: "Ada", passwordHash: "none", role: "user" });
    const session = { userAgent: "Browser", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };
    const { token, handle } = await transaction((tx) => sessionStore().create(tx, user, session));
    Object.assign(this, { token, handle, userId: user.id });
    this.jar.set(cookieName(), await seal(token));
    return this;
  }

  /** All its cookies, elsewhere. */
  stolen(): Client {
    const thief = new Client("198.51.100.66", GOOD, this.jar);
    this.thieves.push(thief);
    return thief;
  }

  /** Requests pages at once, after a new proof if that has run out. Returns what they say. */
  async get(tabs = 1): Promise<string[]> {
    if (this.key && !this.jar.has(proofCookieName())) await this.prove(this.key);
    const answers = await Promise.all(Array.from({ length: tabs }, () => this.send("/dashboard")));
    return answers.map(({ text }) => text);
  }

  /** Registers the key, or signs as a browser does: a new challenge if the one that it has is spent. */
  private async prove(key: SoftwareKey): Promise<void> {
    if (Math.random() < this.network.failing) return;
    this.refreshes++;
    if (!this.challenge) {
      const signed = key.sign(bindChallenge(this.token, Date.now()), { register: true });
      return void (await this.send("/session/bind", { "secure-session-response": signed }, "POST"));
    }
    const ask = () =>
      this.send(
        "/session/prove",
        { "sec-secure-session-id": bindingName(), "secure-session-response": key.sign(this.challenge) },
        "POST",
      );
    if ((await ask()).status === 403) await ask();
  }

  /** Confirms the password, which gives the session a new token. */
  async confirm(): Promise<void> {
    this.token = await transaction(async (tx) => {
      await sessionStore().confirm(tx, this.handle);
      return String(await sessionStore().renew(tx, this.token));
    });
    this.jar.set(cookieName(), await seal(this.token));
  }

  /** Lets time pass: everything that has a date becomes older, and the browser drops a proof that has run out. */
  async pass(milliseconds: number): Promise<void> {
    const { provedAt, boundAt } = await letPass(this.handle, milliseconds);
    const its = { handle: this.handle, provedAt };
    for (const client of [this, ...this.thieves]) client.age(milliseconds, its);
    const proof = this.jar.get(proofCookieName());
    const life = boundAt ? 10 * MINUTE : MINUTE;
    if (proof && Date.now() - Number(proof.slice(0, 13)) > life) this.jar.delete(proofCookieName());
  }

  /** Uses the session for this long, every two minutes. */
  async use(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += STEP) {
      await this.pass(STEP);
      await this.get();
    }
  }

  /** The lines of the ledger that say that the cookie was copied. */
  async alarms(): Promise<number> {
    return db().ledgerLine.count({ where: { userId: this.userId, event: "authn_token_reuse" } });
  }

  async mails(): Promise<number> {
    return db().mail.count({ where: { details: { path: ["userId"], equals: this.userId } } });
  }
}

const STEP = 2 * MINUTE;

/** The moments at which a thief copies all cookies, and what the browser has done until then. */
const MOMENTS: Record<string, (owner: Owner) => Promise<unknown>> = {
  "right after the log-in": async () => {},
  "at the first page": (owner) => owner.get(),
  "at the second page": (owner) => owner.get().then(() => owner.get()),
  "after a minute": (owner) => owner.get().then(() => owner.pass(MINUTE)),
  "after nine minutes": (owner) => owner.use(9 * MINUTE),
  "after twenty minutes": (owner) => owner.use(20 * MINUTE),
  "after an hour": (owner) => owner.use(HOUR),
  "after the password was confirmed": (owner) => owner.use(20 * MINUTE).then(() => owner.confirm()),
  "in the morning": (owner) => owner.use(20 * MINUTE).then(() => owner.pass(9 * HOUR)),
  "after ten cookies": (owner) => owner.use(3 * HOUR),
};

/** For how long copies worked, in minutes. */
const worked: Record<"bound" | "unbound", number[]> = { bound: [], unbound: [] };

type Ask = (thief: Client) => Promise<Told>;

const isRefused = ({ status, text, headers }: Told) =>
  status === 401 || ["unproven", "replayed"].includes(text) || headers.refresh !== undefined;

/** Lets owner and thief go on, until the thief is refused. Returns after how many milliseconds. */
async function untilRefused(owner: Owner, thief: Client, ask: Ask = (its) => its.send("/dashboard")): Promise<number> {
  for (let passed = 0; passed <= 2 * HOUR; passed += STEP) {
    await owner.get();
    if (isRefused(await ask(thief))) return passed;
    await owner.pass(STEP);
  }
  return Number.POSITIVE_INFINITY;
}

test.each(Object.entries(MOMENTS))(
  "a jar that is copied %s from a browser that binds its session is refused once its proof has run out, and its owner goes on",
  async (_when, live) => {
    const owner = await new Owner(softwareKey()).logIn();
    await live(owner);
    const thief = owner.stolen();
    const passed = await untilRefused(owner, thief);
    worked.bound.push(passed / MINUTE);
    // A proof counts for half a minute more.
    expect(passed).toBeLessThanOrEqual(10 * MINUTE + STEP);

    await owner.use(4 * STEP);
    await thief.send("/dashboard");
    expect(await owner.get()).toEqual(["valid"]);
    expect([await owner.alarms(), await owner.mails()]).toEqual([1, 1]);
  },
);

test.each(Object.entries(MOMENTS))(
  "a jar that is copied %s from a browser that cannot is noticed within two rotations, and its owner hears of it",
  async (_when, live) => {
    const owner = await new Owner(null).logIn();
    await live(owner);
    const thief = owner.stolen();
    const passed = await untilRefused(owner, thief);
    worked.unbound.push(passed / MINUTE);
    expect(passed).toBeLessThanOrEqual(2 * 15 * MINUTE + 2 * STEP);

    expect([await owner.get(), (await thief.send("/dashboard")).text]).toEqual([["replayed"], "replayed"]);
    expect([await owner.alarms(), await owner.mails()]).toEqual([1, 1]);
  },
);

const ARRIVAL = { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" };

/** How a thief may try to go unnoticed. */
const WAYS: Record<string, Ask> = {
  "takes no new cookie": (thief) => new Client("198.51.100.66", GOOD, thief.jar).send("/dashboard"),
  "brings the session cookie alone": (thief) => {
    for (const name of [proofCookieName(), rotationCookieName()]) thief.jar.delete(name);
    return thief.send("/dashboard");
  },
  "asks only what counts as no use": (thief) => thief.send("/api/session"),
  "asks only as a proxy does": (thief) => thief.send("/api/verify"),
  "pretends to prefetch": (thief) => thief.send("/api/sessions", { "sec-purpose": "prefetch" }),
  "is another browser each time": (thief) => thief.send("/dashboard", { "user-agent": `Firefox ${randomUUID()}` }),
  "says that a user came from another site": (thief) => thief.send("/dashboard", ARRIVAL),
};

test.each(Object.entries(WAYS))(
  "a thief who %s is refused all the same, and no later than any other",
  async (way, ask) => {
    for (const key of [softwareKey(), null]) {
      const owner = await new Owner(key).logIn();
      await owner.use(20 * MINUTE);
      const thief = owner.stolen();
      const passed = await untilRefused(owner, thief, ask);
      expect(passed).toBeLessThanOrEqual(key ? 10 * MINUTE + STEP : 2 * 15 * MINUTE + 2 * STEP);
      // The copy gets nothing, so that there is nothing to notice.
      if (way.includes("another site") && key) continue;
      if (key) await owner.use(4 * STEP);
      expect(isRefused(await ask(thief))).toBe(true);
      expect([await owner.alarms(), await owner.mails()]).toEqual([1, 1]);
    }
  },
);

const PAUSES = [5 * SECOND, 30 * SECOND, 70 * SECOND, 4 * MINUTE, 11 * MINUTE, 16 * MINUTE, 3 * HOUR];

testInOneZone(
  "of ordinary browsers whose refreshes fail and whose answers get lost, none is taken for a thief",
  async () => {
    const network = { failing: 0.25, losing: 0.1 };
    const owners = await Promise.all(
      Array.from({ length: 20 }, (_, index) => new Owner(index % 2 === 0 ? softwareKey() : null, network).logIn()),
    );
    const counts = { requests: 0, unproven: 0, refreshes: 0, rotations: 0 };
    const goOn = async (owner: Owner) => {
      for (let count = 0; count < REQUESTS / owners.length; ) {
        const tabs = 1 + Math.floor(Math.random() * 4);
        const told = await owner.get(tabs);
        count += tabs;
        counts.requests += tabs;
        counts.unproven += told.filter((text) => text === "unproven").length;
        expect(told.filter((text) => !["valid", "unproven"].includes(text))).toEqual([]);
        await owner.pass(PAUSES[Math.floor(Math.random() * PAUSES.length)] ?? SECOND);
      }
      counts.refreshes += owner.refreshes;
      counts.rotations += (await sessionStore().find(owner.token))?.rotation?.generation ?? 0;
    };
    await Promise.all(owners.map(goOn));

    for (const owner of owners) expect([await owner.alarms(), await owner.mails()]).toEqual([0, 0]);
    expect(counts.rotations).toBeGreaterThan(10);
    expect(counts.refreshes).toBeGreaterThan(10);
    if (process.env.REQUESTS) console.info(counts, worked);
  },
  600_000,
);
