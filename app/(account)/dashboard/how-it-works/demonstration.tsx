"use client";

import { type ReactNode, useState } from "react";
import { useGuardedSubmit } from "@/app/(account)/session-guard/guarded-form";
import { Button } from "@/app/ui/button";
import { Facts } from "@/app/ui/card";
import type { FormState } from "@/app/ui/form/form-state";
import { Notice } from "@/app/ui/form/notice";
import { TryLaterNotice } from "@/app/ui/form/try-later-notice";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { Progress } from "@/app/ui/link/progress";
import { endDemonstration, startDemonstration } from "./actions";
import { type Response, useCopy } from "./use-copy";

/** What the demonstration says. The page gives it, so that no other page has to load it. */
type Texts = Record<
  | ("start" | "startAgain" | "logOut" | "responses" | "accepted" | "unavailable")
  | ("refusedRevoked" | "refusedExpired" | "refusedEnded" | "thiefHas" | "serverHas" | "cookie" | "value")
  | ("characters" | "ends" | "rowGone"),
  string
>;

/** A copied cookie in use, as a thief would use it, until the user logs out its session. */
export function Demonstration({ texts }: { texts: Texts }) {
  const [answer, setAnswer] = useState<FormState>({});
  const { responses, seen, reason, begin, isOn } = useCopy();
  const start = useGuardedSubmit(startDemonstration, (told) => {
    setAnswer(told);
    if (!told.errors && !told.tryLater) begin();
  });
  const end = useGuardedSubmit(endDemonstration, setAnswer);
  const isPending = start.isPending || end.isPending;
  const isAccepted = isOn && reason === null;
  const last = responses.at(-1);
  const isDisabled = isPending || (isOn && !last);
  const button = useFocusBack(isDisabled);

  return (
    <>
      {answer.errors?.form && (
        <Spaced>
          <Notice kind="problem">{answer.errors.form}</Notice>
        </Spaced>
      )}
      {answer.tryLater && (
        <Spaced>
          <TryLaterNotice tryLater={answer.tryLater} />
        </Spaced>
      )}
      {/* One button, so that the focus stays where it is. */}
      <Button
        ref={button}
        type="button"
        kind={isAccepted ? "danger" : "primary"}
        className="needs-script"
        disabled={isDisabled}
        onClick={() => void (isAccepted ? end : start).submit(new FormData())}
      >
        {isAccepted ? texts.logOut : responses.length > 0 ? texts.startAgain : texts.start}
      </Button>
      {isPending && <Progress />}
      <ol aria-label={texts.responses} hidden={!last} className="mt-4 flex min-h-8 flex-wrap gap-1.5" dir="ltr">
        {responses.map((response) => (
          <Chip key={response.id} response={response} />
        ))}
      </ol>
      {/* Says only what changes, not each response. */}
      <p role="status" className="text-sm not-empty:mt-3">
        {last && sentenceFor(last.status, reason, texts)}
      </p>
      {seen && (
        <div className="mt-4 grid grid-cols-1 gap-x-8 gap-y-4 lg:grid-cols-2">
          <section>
            <h3 className="text-sm font-semibold">{texts.thiefHas}</h3>
            <Facts
              facts={{
                [texts.cookie]: <code>{seen.cookie.name}</code>,
                [texts.value]: <code>{seen.cookie.start}…</code>,
                [texts.characters]: seen.cookie.length,
              }}
            />
          </section>
          <section>
            <h3 className="text-sm font-semibold">{texts.serverHas}</h3>
            {reason ? (
              <p className="py-2 text-sm">{texts.rowGone}</p>
            ) : (
              <Facts
                facts={{
                  handle: <code>{seen.row.handle}</code>,
                  created_at: <code>{seen.row.createdAt}</code>,
                  last_seen_at: <code>{seen.row.lastSeenAt}</code>,
                  [texts.ends]: <code>{seen.row.totalAt}</code>,
                }}
              />
            )}
          </section>
        </div>
      )}
    </>
  );
}

function Spaced({ children }: { children: ReactNode }) {
  return <div className="mb-4">{children}</div>;
}

const LOOKS: Record<number, string> = {
  200: "border-good/30 bg-good-ground text-good",
  401: "border-danger/30 bg-danger-ground text-danger",
};

function Chip({ response: { status } }: { response: Response }) {
  return (
    <li className={`rounded-lg border px-2 py-0.5 text-sm font-medium tabular-nums ${LOOKS[status] ?? "border-line"}`}>
      {status}
    </li>
  );
}

function sentenceFor(status: number, reason: ReturnType<typeof useCopy>["reason"], texts: Texts): string {
  if (status === 200) return texts.accepted;
  if (status !== 401) return texts.unavailable;
  if (reason === "revoked") return texts.refusedRevoked;
  return reason === "expired" || reason === "idle" ? texts.refusedExpired : texts.refusedEnded;
}
