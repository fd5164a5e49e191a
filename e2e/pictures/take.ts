import { writeFileSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page } from "playwright/test";
import { expect, submitLogin, test, untilListening } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { createUser } from "@/lib/users/store";
import { apng, type Frame } from "./apng";

const FOLDER = "docs/screenshots";

const ADA = { email: "ada@example.com", password: "violet tuesday kettle mango" };

const AGENTS = {
  phone:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  tablet:
    "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  windows: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
  mac: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
  linux: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
};

test("take the pictures of the README", async ({ browser }) => {
  const passwordHash = await hashPassword(ADA.password);
  await createUser({ email: ADA.email, name: "Ada Lovelace", passwordHash, role: "admin" });
  await othersExist(passwordHash);
  const desk = await enter(browser, { userAgent: AGENTS.linux }, "203.0.113.20");
  for (const [agent, address] of [
    [AGENTS.mac, "203.0.113.20"],
    [AGENTS.tablet, "203.0.113.20"],
    [AGENTS.phone, "198.51.100.7"],
  ] as const)
    await (await enter(browser, { userAgent: agent }, address)).context().close();
  await grewOld();
  await guess(browser);
  await (await enter(browser, { userAgent: AGENTS.windows }, "192.0.2.81")).context().close();

  for (const [name, path] of [
    ["dashboard", "/dashboard"],
    ["sessions", "/sessions"],
    ["activity", "/activity"],
    ["administration", "/admin/users"],
  ] as const) {
    await desk.goto(path);
    await untilListening(desk);
    await desk.screenshot({ path: `${FOLDER}/${name}.png` });
  }
  const phone = await enter(browser, {
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
    userAgent: AGENTS.phone,
  });
  await untilListening(phone);
  await phone.screenshot({ path: `${FOLDER}/phone.png` });
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${process.env.APP_URL}/login`);
  await visitor.screenshot({ path: `${FOLDER}/login.png` });

  writeFileSync(`${FOLDER}/revocation.png`, apng(await revocation(browser, desk, phone)));
});

async function enter(browser: Browser, options: BrowserContextOptions, address = "203.0.113.20"): Promise<Page> {
  const context = await browser.newContext({
    baseURL: String(process.env.APP_URL),
    viewport: { width: 1280, height: 800 },
    timezoneId: "Europe/London",
    extraHTTPHeaders: { "X-Forwarded-For": address },
    ...options,
  });
  const page = await context.newPage();
  await page.goto("/login");
  await submitLogin(page, ADA);
  await expect(page).toHaveURL("/dashboard");
  return page;
}

async function guess(browser: Browser): Promise<void> {
  const context = await browser.newContext({ extraHTTPHeaders: { "X-Forwarded-For": "192.0.2.81" } });
  const page = await context.newPage();
  for (const password of ["password1", "ada1815", "lovelace"]) {
    await page.goto(`${process.env.APP_URL}/login`);
    await submitLogin(page, { ...ADA, password });
    await expect(page.getByText("Wrong email or password")).toBeVisible();
  }
  await context.close();
}

/** Moves what has happened so far into the past, and answers its notices. */
async function grewOld(): Promise<void> {
  await db().$executeRaw`
    UPDATE sessions s SET created_at = created_at - make_interval(hours => n::int * 31), last_seen_at = last_seen_at - make_interval(hours => n::int * 5)
      FROM (SELECT handle, row_number() OVER (ORDER BY created_at DESC) AS n FROM sessions) AS o
     WHERE o.handle = s.handle AND s.user_agent NOT LIKE '%Linux%'`;
  await db().$executeRaw`
    UPDATE users SET seen_line = (SELECT max(id) FROM ledger WHERE user_id = users.id) WHERE email = ${ADA.email}`;
}

/** Some users for the administration, of different ages, most of them logged in somewhere. */
async function othersExist(passwordHash: string): Promise<void> {
  for (const [index, name] of OTHERS.entries()) {
    const email = `${/[a-z]+/.exec(name.toLowerCase())?.[0] ?? "haneul"}@example.com`;
    const { id } = await createUser({ email, name, passwordHash, role: index === 0 ? "admin" : "user" });
    await db()
      .$executeRaw`UPDATE users SET created_at = now() - make_interval(days => ${index * index}) WHERE id = ${id}::uuid`;
    await db().$executeRaw`
      INSERT INTO sessions (token_hash, handle, mark, user_id, user_agent, created_at, last_seen_at)
      SELECT sha256(random()::text::bytea), gen_random_uuid(), sha256(random()::text::bytea), ${id}::uuid, ${AGENTS.mac},
             now() - make_interval(hours => ${index} + n), now() - make_interval(mins => ${index * 7} + n)
        FROM generate_series(1, ${index % 4}) AS n`;
  }
}

const OTHERS = [
  "Grace Hopper",
  "Alan Turing",
  "김하늘",
  "Katherine Johnson",
  "Edsger Dijkstra",
  "Barbara Liskov",
  "Donald Knuth",
  "Radia Perlman",
  "Tim Berners-Lee",
  "Margaret Hamilton",
  "Dennis Ritchie",
  "Frances Allen",
];

/** The pictures of a log-out of the phone from the desk, seen in both at once. */
async function revocation(browser: Browser, desk: Page, phone: Page): Promise<Frame[]> {
  await desk.setViewportSize({ width: 760, height: 560 });
  await phone.setViewportSize({ width: 360, height: 560 });
  await desk.goto("/sessions");
  await untilListening(desk);
  const button = desk.getByRole("button", { name: /^Log out Safari on iOS/ }).first();
  await button.scrollIntoViewIfNeeded();
  await button.hover();

  const both: { at: number; pictures: [Buffer, Buffer] }[] = [];
  const look = async () => both.push({ at: Date.now(), pictures: [await desk.screenshot(), await phone.screenshot()] });
  await look();
  await button.click();
  while (!phone.url().includes("/login")) await look();
  await expect(phone.getByText("You logged this device out")).toBeVisible();
  await look();

  const stage = await (await browser.newContext({ viewport: { width: 1180, height: 600 } })).newPage();
  await stage.setContent(`<style>body{margin:0;display:flex;gap:20px;padding:20px;box-sizing:border-box;background:#d9d6d0}
    img{border-radius:10px;box-shadow:0 2px 12px #0003}</style><img id="desk"><img id="phone">`);
  const frames: Frame[] = [];
  for (const [index, { at, pictures }] of both.entries()) {
    const [left, right] = pictures.map((png) => `data:image/png;base64,${png.toString("base64")}`);
    await stage.evaluate(
      async ([left, right]) => {
        const images = [...document.images];
        images.forEach((image, place) => {
          image.src = String(place === 0 ? left : right);
        });
        await Promise.all(images.map((image) => image.decode()));
      },
      [left, right],
    );
    const until = both[index + 1]?.at;
    const shown = index === 0 ? 1500 : until ? Math.min(1000, until - at) : 4000;
    frames.push({ png: await stage.screenshot(), shown });
  }
  return frames;
}
