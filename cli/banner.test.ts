import { expect, test } from "vitest";
import { describeAddress } from "./banner";

test.each([
  ["http://localhost:3977", 3977, []],
  ["http://localhost", 80, []],
  ["http://localhost:8080", 3000, ["  Port       3000, for the proxy"]],
  ["https://login.example.com", 3000, ["  Port       3000, for the proxy"]],
  // The server itself does not speak https.
  ["https://login.example.com", 443, ["  Port       443, for the proxy"]],
])("a server at %s says its port %i unless visitors use it directly", (address, PORT, port) => {
  const APP_URL = new URL(address);
  expect(describeAddress({ APP_URL, PORT })).toEqual([`  Latchkey   ${APP_URL.origin}`, ...port]);
});
