import { expect, test } from "vitest";
import { parseRedisUrl } from "./redis-url";

test.each([
  [
    "redis://localhost",
    { kind: "single", nodes: [{ host: "localhost", port: 6379 }], database: 0, isEncrypted: false },
  ],
  [
    "rediss://latchkey:p%40ss@10.0.0.7:6380/2",
    {
      kind: "single",
      nodes: [{ host: "10.0.0.7", port: 6380 }],
      username: "latchkey",
      password: "p@ss",
      database: 2,
      isEncrypted: true,
    },
  ],
  ["redis://:secret@[::1]:7000", { nodes: [{ host: "::1", port: 7000 }], password: "secret" }],
  [
    "redis://a:7000,b:7001,c?cluster",
    {
      kind: "cluster",
      nodes: [
        { host: "a", port: 7000 },
        { host: "b", port: 7001 },
        { host: "c", port: 6379 },
      ],
    },
  ],
  [
    "redis://a,b:26380/1?sentinel=latchkey",
    {
      kind: "sentinel",
      name: "latchkey",
      database: 1,
      nodes: [
        { host: "a", port: 26_379 },
        { host: "b", port: 26_380 },
      ],
    },
  ],
])("%s is read", (url, place) => {
  expect(parseRedisUrl(url)).toMatchObject(place);
});

test.each([
  "localhost:6379",
  "http://localhost",
  "redis://",
  "redis://a,b",
  "redis://a:0",
  "redis://a:65536",
  "redis://a/x",
  "redis://a:6379/1?cluster",
  "redis://a?cluster&sentinel=m",
  "redis://a?sentinel=",
  "redis://a?family=6",
  "redis://user:%zz@a",
])("%s is refused", (url) => {
  expect(parseRedisUrl(url)).toBeNull();
});
