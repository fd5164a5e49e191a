import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Files below this size in bytes gain nothing. */
const SMALL = 1000;

// Brotli's best quality takes twice as long, for 2 % less.
const toBrotli = (bytes: Buffer) =>
  promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } });
const toGzip = (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 });

/** Writes compressed copies beside the scripts and styles in a folder, named as they are, with `.br` and `.gz` after it. */
export async function compressFiles(folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.(js|css)$/.test(file));
  await Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      const bytes = await readFile(path);
      if (bytes.length < SMALL) return;
      await Promise.all([
        toBrotli(bytes).then((smaller) => writeFile(`${path}.br`, smaller)),
        toGzip(bytes).then((smaller) => writeFile(`${path}.gz`, smaller)),
      ]);
    }),
  );
}
