import { expect, test } from "vitest";
import { ALL, listCases, loadCase } from "./bench";

test.each(listCases())("the case %s can be loaded by its name", async (name) => {
  expect(await loadCase(name)).toMatchObject({ title: expect.any(String), measure: expect.any(Function) });
});

test("what a run without a name measures is there", () => {
  expect(ALL.filter((name) => !listCases().includes(name))).toEqual([]);
});
