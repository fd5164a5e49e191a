import { expect, test } from "vitest";
import { urlsOfHosts } from "./hosts";

test.each([
  [
    "postgres://me:a,b@one:5432,two:5433/mine?sslmode=verify-full&sslrootcert=%2Fca.crt",
    [
      "postgres://me:a,b@one:5432/mine?sslmode=verify-full&sslrootcert=%2Fca.crt",
      "postgres://me:a,b@two:5433/mine?sslmode=verify-full&sslrootcert=%2Fca.crt",
    ],
  ],
  ["postgresql://one,two:5433", ["postgresql://one", "postgresql://two:5433"]],
  ["postgresql://[::1]:5432,[::2]/mine", ["postgresql://[::1]:5432/mine", "postgresql://[::2]/mine"]],
  [
    "postgresql:///mine?host=one,two&port=5432,5433",
    ["postgresql:///mine?host=one&port=5432", "postgresql:///mine?host=two&port=5433"],
  ],
  [
    "postgresql://me@/mine?host=/run/a,/run/b&port=5433",
    ["postgresql://me@/mine?host=%2Frun%2Fa&port=5433", "postgresql://me@/mine?host=%2Frun%2Fb&port=5433"],
  ],
  ["postgresql://one,two/mine?port=5433,5434", ["postgresql://one/mine?port=5433", "postgresql://two/mine?port=5434"]],
])("the hosts of %s each get a URL with everything else", (url, urls) => {
  expect(urlsOfHosts(url)).toEqual(urls);
});

test.each([
  "postgresql://me:a,b@one/a,b?application_name=a,b",
  "postgresql://me:p@one:5432/mine?host=%2Frun",
  "anything",
])("a URL with one host stays as it is: %s", (url) => {
  expect(urlsOfHosts(url)).toEqual([url]);
});
