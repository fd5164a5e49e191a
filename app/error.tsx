"use client";

import { unstable_isUnrecognizedActionError as isFromBeforeUpdate } from "next/navigation";
import { useEffect } from "react";
import { Screen } from "@/app/ui/screen";
import { Button } from "./ui/button";

/** Delay before a page reloads after an outage, in milliseconds. */
const RETRY_AFTER = 5000;

type Props = { error: Error & { digest?: string }; reset: () => void };

/** Replaces a page that failed, or was navigated to during an outage. On a full load, the server itself sends a 503. */
export default function ErrorPage({ error, reset }: Props) {
  if (error.digest === "OUTAGE") return <Outage />;

  const isStale: boolean = isFromBeforeUpdate(error);
  if (isStale) {
    return (
      <Screen title="There is a newer version of this page">
        <p className="text-muted">The application was updated while this page was open. Nothing was sent.</p>
        <Button onClick={() => location.reload()}>Load it again</Button>
      </Screen>
    );
  }

  return (
    <Screen title="This did not work">
      <p className="text-muted">
        <span>The fault is ours, and nothing of yours is lost: if you were logged in, you still are.</span>
        {error.digest && <span> It is noted as {error.digest}.</span>}
      </p>
      <Button onClick={reset}>Try again</Button>
    </Screen>
  );
}

function Outage() {
  useEffect(() => {
    const retry = setTimeout(() => location.reload(), RETRY_AFTER);
    return () => clearTimeout(retry);
  }, []);

  return (
    <Screen title="One moment, please">
      <p className="text-muted">
        The database does not answer, so nobody can be recognised just now. If you were logged in, you still are. This
        page tries again by itself.
      </p>
      <Button onClick={() => location.reload()}>Try now</Button>
    </Screen>
  );
}
