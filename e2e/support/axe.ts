import axe from "axe-core";
import type { Page } from "playwright/test";

/**
 * Runs axe in a page. Returns each rule that finds a fault, with the HTML of the faulty elements. Our pages have no
 * frames, so axe needs to be in none, and no page of its own to sum them up.
 */
export async function faultsByAxe(page: Page): Promise<string[][]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: its } = window as unknown as { axe: typeof axe };
    // Only faults need their details.
    const { violations } = await its.run({ resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
  });
}
