"use client";

import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { Isolated } from "@/app/ui/isolated";
import { usePrivateWords } from "@/lib/i18n/react";

/** Greets the user by their current name. */
export function Greeting() {
  const { person } = useLiveSession();
  const { rich } = usePrivateWords();
  return rich("dashboard.greeting", { name: () => <Isolated>{person.name}</Isolated> });
}
