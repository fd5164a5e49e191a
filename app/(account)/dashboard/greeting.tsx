"use client";

import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { Isolated } from "@/app/ui/isolated";

/** Greets the user by their current name. */
export function Greeting() {
  const { person } = useLiveSession();
  return (
    <>
      Hello, <Isolated>{person.name}</Isolated>
    </>
  );
}
