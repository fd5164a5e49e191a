"use client";

import { useState } from "react";
import { useGuardedSubmit } from "@/app/(account)/session-guard/guarded-form";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { Progress } from "@/app/ui/link/progress";
import { useDialogEnd } from "../use-dialog-end";
import { askToEnd, type EndState } from "./actions";
import { EndForm } from "./end-form";
import type { Meant, Question } from "./meant";

type Props = {
  /** The form's id, for checkboxes elsewhere on the page that belong to it. */
  id?: string;
  meant: Partial<Meant>;
  kind?: "secondary" | "danger";
  /** The accessible name, if the text alone is not clear. */
  label?: string;
  children: string;
};

/** A button that ends sessions after confirmation: in a dialog, or on a page of its own without JavaScript. */
export function EndSessions({ id, meant, kind = "secondary", label, children }: Props) {
  const [question, setQuestion] = useState<Question | null>(null);
  const tell = useToldAnswer();
  const { onSubmit, isPending } = useGuardedSubmit<EndState>(askToEnd, (answer) => {
    tell(answer);
    if (answer?.question) setQuestion(answer.question);
  });
  const button = useFocusBack(isPending);
  const close = () => setQuestion(null);
  const end = useDialogEnd(close);

  return (
    <>
      <form id={id} action="/admin/sessions/end" onSubmit={onSubmit} className="contents">
        {Object.entries(meant).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Button ref={button} type="submit" kind={kind} disabled={isPending} aria-label={label} className="shrink-0">
          {children}
        </Button>
      </form>
      {isPending && <Progress />}
      <Dialog isOpen={question !== null} title={question?.title ?? ""} onClose={close}>
        {question && <EndForm question={question} onQuestion={setQuestion} {...end} />}
      </Dialog>
    </>
  );
}
