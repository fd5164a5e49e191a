"use client";

import { Screen } from "./(auth)/screen";
import { Button } from "./ui/button";

/** A page that broke. An outage of the database has a page of its own, which the server sends. */
export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Screen title="This did not work">
      <p className="text-muted">
        The fault is ours, and nothing of yours is lost: if you were logged in, you still are.
        {error.digest && ` It is noted as ${error.digest}.`}
      </p>
      <Button onClick={reset}>Try again</Button>
    </Screen>
  );
}
