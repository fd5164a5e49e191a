import type { ReactNode } from "react";
import { Notice } from "@/app/ui/form/notice";
import { TextLink } from "@/app/ui/link/text-link";
import { Moment } from "@/app/ui/time/moment";
import { requestContext } from "@/lib/request-context";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import { words } from "@/lib/words";

/** What a user may have done just before they came to the log-in page. */
const DONE = ["logged-out", "too-late", "reset", "recovered", "account-deleted"] as const;

/** Where users go whose password somebody else has changed. */
const TO_STOP = {
  choose: (parts: ReactNode) => <TextLink href="/forgot-password">{parts}</TextLink>,
  protect: (parts: ReactNode) => <TextLink href="/recover?stop">{parts}</TextLink>,
};

/** Tells visitors why they are on the log-in page: only what is true, and only what they may know. */
export function WhatHappened({ answer }: { answer: SessionStatus }) {
  const { ending, justDone } = requestContext();
  const { t, rich } = words();
  const known = DONE.find((name) => name === justDone);
  const done = known && t(`loginPage.done-${known}`);

  if (answer.state === "unavailable") {
    return <Notice kind="problem">{t("loginPage.unavailable")}</Notice>;
  }
  if (ending?.state === "pending") {
    return (
      <Notice kind="problem">
        <span>{rich("loginPage.owed", { time: () => <Moment at={ending.until} /> })}</span>
      </Notice>
    );
  }
  if (ending?.state === "finished") {
    return <Notice kind="done">{t("loginPage.finished")}</Notice>;
  }
  // If the user ended the session themselves, confirm that action instead of explaining the end.
  if (answer.state === "ended" && !done) {
    return (
      <Notice kind="problem">
        <span>
          {rich("loginPage.endedAt", { why: explain(answer, words()), time: () => <Moment at={answer.at} /> })}
          {answer.reason === "password-changed" && <> {rich("loginPage.notMyPassword", TO_STOP)}</>}
        </span>
      </Notice>
    );
  }
  return done && <Notice kind="done">{done}</Notice>;
}
