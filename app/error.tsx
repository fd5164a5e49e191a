"use client";

import { unstable_isUnrecognizedActionError as isFromBeforeUpdate } from "next/navigation";
import { useEffect } from "react";
import { Screen } from "@/app/ui/screen";
import { useWords } from "@/lib/i18n/react";
import { Button } from "./ui/button";

/** Delay before a page reloads after an outage, in milliseconds. */
const RETRY_AFTER = 5000;

type Props = { error: Error & { digest?: string }; reset: () => void };

/** Replaces a page that failed, or was navigated to during an outage. On a full load, the server itself sends a 503. */
export default function ErrorPage({ error, reset }: Props) {
  const { t } = useWords();
  if (error.digest === "OUTAGE") return <Outage />;

  const isStale: boolean = isFromBeforeUpdate(error);
  if (isStale) {
    return (
      <Screen title={t("error.stale")}>
        <p className="text-muted">{t("error.staleText")}</p>
        <Button onClick={() => location.reload()}>{t("error.load")}</Button>
      </Screen>
    );
  }

  return (
    <Screen title={t("error.failed")}>
      <p className="text-muted">
        <span>{t("error.failedText")}</span>
        {error.digest && <span> {t("error.noted", { reference: error.digest })}</span>}
      </p>
      <Button onClick={reset}>{t("error.tryAgain")}</Button>
    </Screen>
  );
}

function Outage() {
  const { t } = useWords();
  useEffect(() => {
    const retry = setTimeout(() => location.reload(), RETRY_AFTER);
    return () => clearTimeout(retry);
  }, []);

  return (
    <Screen title={t("error.outage")}>
      <p className="text-muted">
        {t("error.outageText")} {t("error.retrying")}
      </p>
      <Button onClick={() => location.reload()}>{t("error.tryNow")}</Button>
    </Screen>
  );
}
