import { crc32 } from "node:zlib";

/** A picture of an animation: a PNG, and how long it is shown, in milliseconds. */
export type Frame = { png: Buffer; shown: number };

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

/** An animated PNG (W3C PNG, third edition) of pictures of one size, which plays for ever. */
export function apng(frames: Frame[]): Buffer {
  const [header, ...rest] = chunksOf(frames[0]?.png ?? SIGNATURE);
  if (!header) throw new Error("an animation needs a picture");
  const size = header.data.subarray(0, 8);
  let sequence = 0;
  const number = (value: number, bytes = 4) => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUIntBE(value, 0, bytes);
    return buffer;
  };

  const control = ({ shown }: Frame) =>
    chunk("fcTL", [
      number(sequence++),
      size,
      number(0, 6),
      number(0, 2),
      number(shown, 2),
      number(1000, 2),
      number(0, 2),
    ]);
  const parts = frames.flatMap((frame, index) => {
    const own = chunksOf(frame.png).filter(({ type }) => type === "IDAT");
    const head = control(frame);
    // Readers that know no animation show the first picture, which is stored as in any PNG.
    return [
      head,
      ...own.map(({ data }) => (index === 0 ? chunk("IDAT", [data]) : chunk("fdAT", [number(sequence++), data]))),
    ];
  });
  const kept = rest
    .filter(({ type }) => type !== "IDAT" && type !== "IEND")
    .map(({ type, data }) => chunk(type, [data]));
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", [header.data]),
    chunk("acTL", [number(frames.length), number(0)]),
    ...kept,
    ...parts,
    chunk("IEND", []),
  ]);
}

function chunk(type: string, data: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(type), ...data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length - 4, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}
