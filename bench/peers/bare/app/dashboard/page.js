import { connection } from "next/server";
import { Markup } from "./markup";

/** Rendered for each request, as a user's page is, but for no particular user. */
export default async function Dashboard() {
  await connection();
  return <Markup user={{ name: "Bench", email: "bench@example.com" }} />;
}
