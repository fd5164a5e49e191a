import { expect, test } from "vitest";
import { contrast } from "./contrast";

test.each([
  ["#000000", "#ffffff", 21],
  ["#ffffff", "#000000", 21],
  ["#777777", "#ffffff", 4.48],
  ["#ff0000", "#ffffff", 4],
  ["#123456", "#123456", 1],
])("the contrast of %s and %s is %d, as WCAG calculates it", (one, other, ratio) => {
  expect(contrast(one, other)).toBeCloseTo(ratio, 2);
});
