"use client";

import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { Isolated } from "@/app/ui/isolated";

/** Greets a person by the name that they have now. */
export function Greeting() {
  const { person } = useLiveSession();
  return (
    <>
      Hello, <Isolated>{person.name}</Isolated>
    </>
  );
}
