import type { Metadata } from "next";
import { currentSession } from "@/lib/session/current";
import { AdministratorsOnly } from "./administrators-only";

export const metadata: Metadata = { title: "Not for you" };

/** Sent along with every page, as all that may take a page's place is: so as a name, and not as markup. */
export default async function Forbidden() {
  const answer = await currentSession();
  if (answer.state !== "valid") return <AdministratorsOnly person={null} />;

  const { name, email } = answer.user;
  return <AdministratorsOnly person={{ name, email }} />;
}
