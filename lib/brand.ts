import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { UserError } from "@/lib/terminal";
import { contrast } from "@/lib/text/contrast";
import { env } from "./env";

/** The colours for text on a button. For every colour of the button, one of them has a contrast of at least 4.5. */
const ON_ACTION = ["#ffffff", "#1c1a17"];

let style: { text: string; hash: string } | null | undefined;

/** The style sheet that applies PRODUCT_COLOR, and its hash for the Content-Security-Policy. Null without that setting. */
export function brandStyle(): { text: string; hash: string } | null {
  style ??= env().PRODUCT_COLOR ? styleOf(env().PRODUCT_COLOR as string) : null;
  return style;
}

function styleOf(colour: string): { text: string; hash: string } {
  const [onAction = ""] = ON_ACTION.toSorted((a, b) => contrast(b, colour) - contrast(a, colour));
  // Darker under white text and lighter under dark text, so that the contrast only increases.
  const hover = `color-mix(in srgb, ${colour} 85%, ${onAction === "#ffffff" ? "black" : "white"})`;
  const text = `:root{--action:${colour};--action-hover:${hover};--on-action:${onAction}}`;
  return { text, hash: `sha256-${createHash("sha256").update(text).digest("base64")}` };
}

const TYPES: Record<string, string> = { ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp" };

/** The maximum size of a logo, in bytes. Every visitor loads it. */
const LARGEST_LOGO = 100 * 1024;

type Logo = { file: Buffer<ArrayBuffer>; type: string; address: string };

let logo: Logo | null | undefined;

/** The logo in PRODUCT_LOGO, or null without that setting. Throws a UserError if the file is unusable. */
export function brandLogo(): Logo | null {
  logo ??= env().PRODUCT_LOGO ? readLogo(env().PRODUCT_LOGO as string) : null;
  return logo;
}

/** Reads a logo. Throws a UserError if the file is missing, too large, or of another kind. */
export function readLogo(path: string): Logo {
  const type = TYPES[extname(path).toLowerCase()];
  if (!type)
    throw new UserError(`PRODUCT_LOGO is ${path}: it must be a file with the ending ${Object.keys(TYPES).join(", ")}.`);
  let file: Buffer<ArrayBuffer>;
  try {
    file = readFileSync(/* turbopackIgnore: true */ path);
  } catch (error) {
    throw new UserError(`PRODUCT_LOGO is ${path}, which cannot be read: ${(error as Error).message}`);
  }
  if (file.length > LARGEST_LOGO)
    throw new UserError(`PRODUCT_LOGO is ${path} with ${file.length} bytes: at most ${LARGEST_LOGO} are allowed.`);
  const version = createHash("sha256").update(file).digest("hex").slice(0, 16);
  return { file, type, address: `/brand/logo?${version}` };
}
