import { Notice } from "@/app/ui/form/notice";
import { Moment } from "@/app/ui/time/moment";
import { requestContext } from "@/lib/request-context";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";

/** What a user may have done just before they came to the log-in page. */
const DONE: Record<string, string> = {
  "logged-out": "You are logged out.",
  "too-late": "That took too long. Log in once more, and choose again.",
  reset: "Your password is changed, and every browser is logged out. Log in with the new one.",
  "account-deleted": "Your account is deleted, with everything that was kept about you.",
};

/** Tells visitors why they are on the log-in page: only what is true, and only what they may know. */
export function WhatHappened({ answer }: { answer: SessionStatus }) {
  const { ending, justDone } = requestContext();
  const done = justDone && DONE[justDone];

  if (answer.state === "unavailable") {
    return (
      <Notice kind="problem">
        The database does not answer. If you were logged in you still are; try again in a moment.
      </Notice>
    );
  }
  if (ending?.state === "pending") {
    return (
      <Notice kind="problem">
        You are logged out in this browser. The server could not be reached; if someone copied your cookie it works
        until <Moment at={ending.until} /> at the latest. The rest is done as soon as the server can be reached.
      </Notice>
    );
  }
  if (ending?.state === "finished") {
    return <Notice kind="done">You are logged out. The session has now ended on the server as well.</Notice>;
  }
  // If the user ended the session themselves, confirm that action instead of explaining the end.
  if (answer.state === "ended" && !done) {
    return (
      <Notice kind="problem">
        {explain(answer)} That was on <Moment at={answer.at} />.
      </Notice>
    );
  }
  return done && <Notice kind="done">{done}</Notice>;
}
