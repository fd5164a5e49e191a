import { expect, test } from "vitest";
import type { Entry } from "./activity";
import { COLUMNS } from "./csv";
import { asDownload, asText } from "./file";

const ENTRY: Entry = {
  id: "1",
  at: "2026-01-01T00:00:00.000Z",
  kind: "changes",
  event: "user_updated",
  what: "The account was disabled",
  by: "an administrator",
  note: "휴직, 3월까지",
  browser: null,
  system: null,
  address: null,
};

async function* once(): AsyncGenerator<Entry[]> {
  yield [ENTRY];
}

test("a spreadsheet reads a file of CSV as UTF-8, whatever the language of the system", async () => {
  const answer = asDownload("activity", "csv", asText(once(), "csv", COLUMNS.own));
  const bytes = new Uint8Array(await answer.arrayBuffer());

  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(answer.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
  expect(new TextDecoder().decode(bytes)).toBe(
    "at,what,by,note,browser,system,address,event\r\n" +
      '2026-01-01T00:00:00.000Z,The account was disabled,an administrator,"휴직, 3월까지",,,,user_updated\r\n',
  );
});

test("a file of JSON has no mark that would keep it from being read", async () => {
  const answer = asDownload("activity", "json", asText(once(), "json", COLUMNS.own));

  expect(JSON.parse(Buffer.from(await answer.arrayBuffer()).toString("utf8"))).toEqual([ENTRY]);
});

test("a file's name tells the day on which it was made", () => {
  const answer = asDownload("ledger", "csv", asText(once(), "csv", COLUMNS.own));

  expect(answer.headers.get("Content-Disposition")).toMatch(/^attachment; filename="ledger-\d{4}-\d\d-\d\d\.csv"$/);
});
