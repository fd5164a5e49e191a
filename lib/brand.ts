import { createHash } from "node:crypto";
import { contrast } from "@/lib/text/contrast";
import { env } from "./env";

/** The colours of text on a button. One of them has a contrast of at least 4.5 with any colour. */
const ON_ACTION = ["#ffffff", "#1c1a17"];

/** The style sheet that gives pages PRODUCT_COLOR, and its hash for the Content-Security-Policy; null without that setting. */
export function brandStyle(): { text: string; hash: string } | null {
  const colour = env().PRODUCT_COLOR;
  if (!colour) return null;
  const [onAction = ""] = ON_ACTION.toSorted((a, b) => contrast(b, colour) - contrast(a, colour));
  // Away from the text on it, so that its contrast grows.
  const hover = `color-mix(in srgb, ${colour} 85%, ${onAction === "#ffffff" ? "black" : "white"})`;
  const text = `:root{--action:${colour};--action-hover:${hover};--on-action:${onAction};--brass:${colour}}`;
  return { text, hash: `sha256-${createHash("sha256").update(text).digest("base64")}` };
}
