import { notFound } from "next/navigation";
import { requireRole } from "@/lib/session/current";

/** An address below /admin that does not exist: to who may not be here it is like all the others. */
export default async function NoSuchPage() {
  await requireRole("admin");
  notFound();
}
