import { expect, test } from "vitest";
import { faultsOfText } from "@/testing/plain-english";

test.each([
  ["Whoever logs in from a new browser gets an email.", "Whoever"],
  ["The page whence the request came", "whence"],
  ["Waits so long before it gives up.", "so long"],
  ["This link works no more.", "no more"],
  ["The owner is told.", "is told"],
  ["Sends it to the queue, who keeps it.", ", who"],
  ["Done. Who logs out is out.", ". Who logs"],
  ["What is the same on both sides is sent as a name.", "What is"],
  ["A page for who needs none", "for who"],
  ["Compares it with what was sent.", "with what was"],
])("%s", (sentence, construct) => {
  expect(faultsOfText(sentence).map(({ found }) => found)).toEqual([construct]);
});

test.each([
  "Who may import whom?",
  "Users who log in receive an email.",
  "The owner, who is notified, can undo it.",
  "There are so many that the list is paged.",
  "At most 20, and no more than one a second.",
  "Returns what the server sent.",
  "What is a session?",
  "Who may log in: everyone, or users of one domain.",
  "What is limited, and for whom.",
  "The two can be told apart.",
])("plain English passes: %s", (sentence) => {
  expect(faultsOfText(sentence)).toEqual([]);
});
