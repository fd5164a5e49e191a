import type { Metadata } from "next";
import { currentSession } from "@/lib/session/current";
import { Screen } from "./(auth)/screen";
import { ButtonLink } from "./ui/button";

export const metadata: Metadata = { title: "Not for you" };

/** What who is signed in and has not the role is told: who they are, and what it would take. Not whether there is anything. */
export default async function Forbidden() {
  const answer = await currentSession();

  return (
    <Screen title="This is for administrators">
      {answer.state === "valid" && (
        <p className="text-muted">
          You are logged in as <strong className="font-medium text-ink">{answer.user.name}</strong> (
          <span className="wrap-anywhere">{answer.user.email}</span>), who is not one. An administrator can make you
          one; that counts at once, without logging in again.
        </p>
      )}
      <div className="flex flex-col gap-3">
        <ButtonLink href="/dashboard">To the dashboard</ButtonLink>
        <ButtonLink href="/logout" kind="secondary">
          Log in as somebody else
        </ButtonLink>
      </div>
    </Screen>
  );
}
