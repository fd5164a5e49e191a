import axe from "axe-core";
import type { Page } from "playwright/test";

/**
 * Runs axe in a page, with all its rules or only these. Returns each rule that finds a fault, with the HTML of the faulty
 * elements. Our pages have no frames, so axe needs to be in none, and no page of its own to sum them up.
 */
export async function faultsByAxe(page: Page, rules?: string[]): Promise<string[][]> {
  if (await page.evaluate(() => !("axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (rules) => {
    const { axe: its } = window as unknown as { axe: typeof axe };
    // Only faults need their details.
    const { violations } = await its.run({ resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
  }, rules);
}
