"use client";

import { KeyRound } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/app/ui/button";
import type { Failure } from "@/app/ui/form/form-state";
import { Notice } from "@/app/ui/form/notice";
import { explainFailure } from "@/app/ui/form/send-form";
import { TryLaterNotice } from "@/app/ui/form/try-later-notice";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { useWords } from "@/lib/i18n/react";
import type { Asked } from "./asked";
import { canUsePasskeys, loadCeremony } from "./load-ceremony";

type Props = {
  /** Gets a challenge from the server. */
  ask: () => Promise<Asked>;
  /** Sends the passkey's response to the server. */
  onAnswer: (answer: string) => void;
  /** Whether the response is being sent. */
  isPending: boolean;
  /** Whether the field whose `autocomplete` ends in "webauthn" offers passkeys, too. */
  inAutofill?: boolean;
  children: string;
};

/** A button that asks the browser for a passkey. It is not there in a browser that has none. */
export function PasskeyButton({ ask, onAnswer, isPending, inAutofill = false, children }: Props) {
  const { t } = useWords();
  const [isThere, setIsThere] = useState(false);
  const [isWaiting, setIsWaiting] = useState(false);
  const [isStopped, setIsStopped] = useState(false);
  const [tryLater, setTryLater] = useState<Failure | null>(null);
  const latest = useRef({ ask, onAnswer });
  latest.current = { ask, onAnswer };
  const button = useFocusBack(isPending || isWaiting);

  useEffect(() => setIsThere(canUsePasskeys()), []);
  useEffect(() => {
    if (!isThere || !inAutofill || isWaiting || isPending) return;
    return whenLoaded(() =>
      loadCeremony().then(({ offerInAutofill }) =>
        offerInAutofill(
          () => latest.current.ask(),
          (answer) => latest.current.onAnswer(answer),
        ),
      ),
    );
  }, [isThere, inAutofill, isWaiting, isPending]);

  async function press() {
    setIsWaiting(true);
    setIsStopped(false);
    setTryLater(null);
    try {
      const [{ askForPasskey }, asked] = await Promise.all([loadCeremony(), ask()]);
      if (asked.tryLater) return setTryLater(asked.tryLater);
      const done = asked.options ? await askForPasskey(asked.options) : null;
      if (done && "answer" in done) onAnswer(done.answer);
      else setIsStopped(true);
    } catch (error) {
      setTryLater(explainFailure<{ tryLater?: Failure }>(error).tryLater ?? null);
    } finally {
      setIsWaiting(false);
    }
  }

  if (!isThere) return null;
  return (
    <>
      <Button ref={button} type="button" kind="secondary" onClick={press} disabled={isWaiting || isPending}>
        <KeyRound className="size-4" aria-hidden="true" />
        <span>{isWaiting ? t("passkey.waiting") : children}</span>
      </Button>
      {isStopped && !isWaiting && <Notice kind="problem">{t("passkey.notUsed")}</Notice>}
      {tryLater && <TryLaterNotice tryLater={tryLater} />}
    </>
  );
}

/** Starts something once the page is loaded, so that it delays nothing else. The returned function ends it. */
function whenLoaded(start: () => Promise<() => void>): () => void {
  let end: Promise<() => void> | null = null;
  let isOver = false;
  const run = () => {
    if (isOver) return;
    end = start();
    // Without a network nothing is offered. The button, which asks anew, says why.
    end.catch(() => {});
  };
  if (document.readyState === "complete") run();
  else addEventListener("load", run, { once: true });
  return () => {
    isOver = true;
    removeEventListener("load", run);
    end?.then((stop) => stop()).catch(() => {});
  };
}
