import { expect, test } from "vitest";
import { ALL, listCases, loadCase } from "./bench";

test.each(listCases())("the case %s loads by its name", async (name) => {
  expect(await loadCase(name)).toMatchObject({ title: expect.any(String), measure: expect.any(Function) });
});

test("every case in the default run exists", () => {
  expect(ALL.filter((name) => !listCases().includes(name))).toEqual([]);
});
