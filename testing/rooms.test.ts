import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pictureOfRooms } from "./rooms";

const BLOCK = /(?<=<!-- rooms: drawn by testing\/rooms\.ts -->\n).*(?=\n<!-- end of rooms -->)/s;

test("the picture in docs/architecture.md shows which rooms import which (renew: npx vitest run testing/rooms -u)", async () => {
  const document = readFileSync("docs/architecture.md", "utf8");
  expect(document).toMatch(BLOCK);
  await expect(document.replace(BLOCK, pictureOfRooms)).toMatchFileSnapshot("../docs/architecture.md");
});

test("the picture of the rooms has at most 40 arrows, so that it stays readable", () => {
  expect(pictureOfRooms().match(/ --> /g)?.length).toBeLessThanOrEqual(40);
});
