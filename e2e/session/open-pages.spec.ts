import type { Page } from "playwright/test";
import { expect, test, untilListening } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";

const DAY = 86_400;

/** Lets a user's sessions end in this many seconds, and their open pages ask about it. */
async function endIn(page: Page, userId: string, seconds: number): Promise<void> {
  await db().$executeRaw`
    UPDATE sessions SET created_at = now() - make_interval(secs => ${30 * DAY - seconds}), last_seen_at = now()
     WHERE user_id = ${userId}::uuid`;
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
}

test("the tab's title counts down the last ten minutes, and is the page's own again after an extension", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await page.goto("/account");
  await untilListening(page);
  const own = await page.title();
  await endIn(page, user.id, 9 * 60 + 30);
  await expect(page).toHaveTitle(`9 min left · ${own}`);
  await page.getByRole("navigation").getByRole("link", { name: "Devices" }).first().click();
  await expect(page).toHaveTitle(/^9 min left · Devices · /);
  await page.goBack();

  await endIn(page, user.id, 59);
  await expect(page).toHaveTitle(new RegExp(`^5\\d s left · ${own}$`));
  const seconds = async () => Number(/^(\d+) s left/.exec(await page.title())?.[1]);
  const first = await seconds();
  await expect.poll(seconds).toBeLessThan(first);
  await endIn(page, user.id, DAY);
  await expect(page).toHaveTitle(own);
});
