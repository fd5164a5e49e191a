import { expect, test } from "vitest";
import type { Entry } from "./activity";
import { COLUMNS } from "./csv";
import { asDownload, asText } from "./file";

const ENTRY: Entry = {
  id: "1",
  at: "2026-01-01T00:00:00.000Z",
  kind: "changes",
  event: "user_updated",
  reason: "disabled",
  what: "Account disabled",
  by: "an administrator",
  note: "휴직, 3월까지",
  browser: null,
  system: null,
  address: null,
};

async function* once(): AsyncGenerator<Entry[]> {
  yield [ENTRY];
}

test("a CSV file begins with a byte order mark, so that every spreadsheet reads it as UTF-8", async () => {
  const answer = asDownload("activity", "csv", asText(once(), "csv", COLUMNS.own));
  const bytes = new Uint8Array(await answer.arrayBuffer());

  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(answer.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
  expect(new TextDecoder().decode(bytes)).toBe(
    "at,what,by,note,browser,system,address,event\r\n" +
      '2026-01-01T00:00:00.000Z,Account disabled,an administrator,"휴직, 3월까지",,,,user_updated\r\n',
  );
});

test("a JSON file has no byte order mark, which parsers would reject", async () => {
  const answer = asDownload("activity", "json", asText(once(), "json", COLUMNS.own));

  expect(JSON.parse(Buffer.from(await answer.arrayBuffer()).toString("utf8"))).toEqual([ENTRY]);
});

test("the file name contains the date of the download", () => {
  const answer = asDownload("ledger", "csv", asText(once(), "csv", COLUMNS.own));

  expect(answer.headers.get("Content-Disposition")).toMatch(/^attachment; filename="ledger-\d{4}-\d\d-\d\d\.csv"$/);
});
