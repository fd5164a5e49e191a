import type { Metadata } from "next";
import { NothingHere } from "./nothing-here";

export const metadata: Metadata = { title: "Not found" };

/** Next.js sends this along with every page. A client component keeps that small: a reference instead of markup. */
export default function NotFound() {
  return <NothingHere />;
}
