import type { Metadata } from "next";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { currentSession } from "@/lib/session/current";
import { WhatHappened } from "../login/what-happened";
import { LogoutButton } from "./logout-button";

export const metadata: Metadata = { title: "Log out" };

/** Asks before logging out: a link to this page, followed or prefetched, logs nobody out. */
export default async function LogoutPage() {
  const answer = await currentSession();

  if (answer.state === "signed-out" || answer.state === "ended") {
    return (
      <Screen title="You are logged out in this browser">
        <WhatHappened answer={answer} />
        <p className="text-muted">Nobody is signed in here.</p>
        <ButtonLink href="/login">Log in</ButtonLink>
      </Screen>
    );
  }

  return (
    <Screen title="Log out?">
      <p className="text-muted">
        The session is deleted on the server, so its cookie is worth nothing afterwards, here or in anybody’s copy.
      </p>
      <div className="flex flex-col gap-3">
        <LogoutButton until={answer.state === "valid" ? answer.session.totalAt.toISOString() : undefined} />
        <ButtonLink href="/dashboard" kind="secondary">
          Stay
        </ButtonLink>
      </div>
    </Screen>
  );
}
