import type { ReactNode } from "react";

/**
 * A text that users wrote, such as a name, within a sentence of ours.
 * Names in Arabic or Hebrew run from right to left: without this, the words
 * beside the name would change places.
 */
export function Isolated({ children }: { children: ReactNode }) {
  return <bdi>{children}</bdi>;
}
