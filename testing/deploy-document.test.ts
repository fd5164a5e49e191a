import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const [, documented = ""] = /```nginx\n(.*?)```/s.exec(readFileSync("docs/deploy.md", "utf8")) ?? [];

test("docs/nginx.conf, which compose.yaml uses, matches the nginx configuration in docs/deploy.md", () => {
  const [, ...lines] = readFileSync("docs/nginx.conf", "utf8").split("\n\n");
  const composed = lines.join("\n\n").replaceAll(/172\.30\.77\.([56]):/g, "10.0.0.$1:");
  expect(composed).toBe(documented);
});

test("nginx drops unused connections and retries a failed instance in less time than DRAIN_DELAY", () => {
  const seconds = (pattern: RegExp, text: string) => Number(pattern.exec(text)?.[1]);
  const delay = seconds(/DRAIN_DELAY: (\d+)s/, readFileSync("compose.yaml", "utf8"));
  expect(seconds(/keepalive_timeout (\d+)s/, documented)).toBeLessThan(delay);
  expect(seconds(/fail_timeout=(\d+)s/, documented)).toBeLessThan(delay);
});
