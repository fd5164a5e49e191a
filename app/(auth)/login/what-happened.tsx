import { Notice } from "@/app/ui/form/notice";
import { Moment } from "@/app/ui/time/moment";
import { requestContext } from "@/lib/request-context";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import { words } from "@/lib/words";

/** What a visitor may have done just before they come to the log-in page. */
const DONE = ["logged-out", "too-late", "reset", "account-deleted"] as const;

/** Tells who comes to the log-in page why they are there: only what is true, and only what is theirs to know. */
export function WhatHappened({ answer }: { answer: SessionStatus }) {
  const { ending, justDone } = requestContext();
  const { t, rich } = words();
  const known = DONE.find((name) => name === justDone);
  const done = known && t(`login.done-${known}`);

  if (answer.state === "unavailable") {
    return <Notice kind="problem">{t("login.unavailable")}</Notice>;
  }
  if (ending?.state === "pending") {
    return (
      <Notice kind="problem">
        <span>{rich("login.owed", { time: () => <Moment at={ending.until} /> })}</span>
      </Notice>
    );
  }
  if (ending?.state === "finished") {
    return <Notice kind="done">{t("login.finished")}</Notice>;
  }
  // Of what somebody has done here themselves, they need not be told that it ended a session.
  if (answer.state === "ended" && !done) {
    return (
      <Notice kind="problem">
        <span>{rich("login.endedAt", { why: explain(answer, words()), time: () => <Moment at={answer.at} /> })}</span>
      </Notice>
    );
  }
  return done && <Notice kind="done">{done}</Notice>;
}
