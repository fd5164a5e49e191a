import type { Metadata } from "next";
import { NothingHere } from "./nothing-here";

export const metadata: Metadata = { title: "Not found" };

/** Sent along with every page, as all that may take a page's place is: so as a name, and not as markup. */
export default function NotFound() {
  return <NothingHere />;
}
