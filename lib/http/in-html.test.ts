import { expect, test } from "vitest";
import { wordsIn } from "@/lib/words";
import { inHtml } from "./in-html";

test("texts and values are escaped, and the HTML of tags is not", () => {
  const values = {
    name: () => "<bdi>Ada &amp; Co</bdi>",
    email: (parts: string) => `<b>${parts}</b>`,
  };
  expect(inHtml(wordsIn("en"), "error.notAdministrator", values)).toBe(
    "You&#39;re logged in as <bdi>Ada &amp; Co</bdi> (<b></b>).",
  );
  const given = { name: "<script>", email: "a@b", need: '"' };
  expect(inHtml(wordsIn("en"), "plain.signedInAs", given)).toBe("You&#39;re logged in as &lt;script&gt; (a@b). &quot;");
});
