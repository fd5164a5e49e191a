import { connection } from "next/server";
import { Markup } from "./markup";

/** Rendered for each request, as a page for somebody is, but for nobody in particular. */
export default async function Dashboard() {
  await connection();
  return <Markup user={{ name: "Bench", email: "bench@example.com" }} />;
}
