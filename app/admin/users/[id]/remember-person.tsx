"use client";

import { useEffect } from "react";
import { rememberPerson } from "@/app/(account)/recent-people";
import { useLiveSession } from "@/app/(account)/session-guard/session-guard";

/** Offers the user of this page in the commands dialog from now on. */
export function RememberPerson({ id }: { id: string }) {
  const { person } = useLiveSession();
  useEffect(() => rememberPerson(person.id, id), [person.id, id]);
  return null;
}
