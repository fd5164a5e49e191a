import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "@/e2e/support/fixtures";

// The scripts and styles of the build.

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** Sends a request that decompresses nothing. */
function send(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${process.env.APP_URL}${path}`, { method, headers }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    request.on("error", reject);
    request.end();
  });
}

let files: string[];

test.beforeAll(async () => {
  const page = (await send("/login")).body.toString();
  files = [...new Set([...page.matchAll(/"(\/_next\/static\/[^"]+\.(?:js|css))"/g)].map(([, path]) => String(path)))];
  expect(files.length).toBeGreaterThan(10);
});

const DECODED = {
  "": (body: Buffer) => body,
  br: brotliDecompressSync,
  gzip: gunzipSync,
} satisfies Record<string, (body: Buffer) => Buffer>;

for (const [accepted, encoding] of [
  ["gzip, deflate, br, zstd", "br"],
  ["gzip, deflate", "gzip"],
  ["br;q=0, gzip;q=0.5", "gzip"],
  ["*", "br"],
  ["identity", ""],
  ["br;q=0, gzip;q=0", ""],
  ["nothing known", ""],
] as const) {
  test(`clients that accept "${accepted}" get scripts and styles ${encoding ? `with ${encoding}` : "uncompressed"}`, async () => {
    for (const path of files) {
      const plain = await send(path);
      expect(plain.headers["content-encoding"], path).toBeUndefined();
      const { status, headers, body } = await send(path, { "Accept-Encoding": accepted });
      // Small ones gain nothing.
      if (plain.body.length < 1000) continue;
      expect([status, headers["content-encoding"] ?? "", headers.vary], path).toEqual([
        200,
        encoding,
        "Accept-Encoding",
      ]);
      expect(headers["content-length"], path).toBe(String(body.length));
      for (const same of ["content-type", "cache-control", "x-content-type-options"])
        expect([same, headers[same]]).toEqual([same, plain.headers[same]]);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(DECODED[encoding](body).equals(plain.body), path).toBe(true);
      if (encoding && plain.body.length > 2000) expect(body.length).toBeLessThan(plain.body.length * 0.6);
    }
  });
}

test("a compressed file is confirmed by its tag, and sent whole whatever range is asked for", async () => {
  const [path = ""] = files;
  const headers = { "Accept-Encoding": "br" };
  const whole = await send(path, headers);
  const plain = await send(path);
  expect(whole.headers.etag).not.toBe(plain.headers.etag);
  expect((await send(path, { ...headers, "If-None-Match": String(whole.headers.etag) })).status).toBe(304);
  expect((await send(path, { ...headers, "If-None-Match": String(plain.headers.etag) })).status).toBe(200);

  // RFC 9110 §14.2 lets a server ignore Range.
  for (const range of ["bytes=10-19", "bytes=-5", "bytes=99999999-", "bytes=5-2", "bytes=0-0,5-9", "lines=1-2"]) {
    const { status, body } = await send(path, { ...headers, Range: range });
    expect([range, status, body.equals(whole.body)]).toEqual([range, 200, true]);
  }
  const head = await send(path, headers, "HEAD");
  expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, String(whole.body.length), 0]);
});

test("a file that the build does not have is not found, compressed or not", async () => {
  const [path = ""] = files;
  for (const missing of [
    "/_next/static/none.js",
    path.replace(/\.(js|css)$/, "-none.$1"),
    `${path}.br.br`,
    `${path}/x.js`,
  ])
    for (const accepted of ["br", "identity"])
      expect([missing, (await send(missing, { "Accept-Encoding": accepted })).status]).toEqual([missing, 404]);
  const others: Record<string, string>[] = [{}, { RSC: "1" }, { "Next-Action": "x" }];
  for (const method of ["PUT", "POST"])
    for (const more of others) {
      const headers = { Origin: String(process.env.APP_URL), "Accept-Encoding": "br", ...more };
      const { status, headers: its } = await send(path, headers, method);
      expect([method, status, its["content-encoding"]]).toEqual([method, 405, undefined]);
    }
});
