import type { Metadata } from "next";
import { requireSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";
import { AccountPage } from "../account-page";
import { SessionList } from "./session-list";

export const metadata: Metadata = { title: "Sessions" };

export default async function SessionsPage() {
  const found = await requireSession();

  return (
    <AccountPage found={found} title="Sessions">
      <p className="mb-6 max-w-prose text-muted">
        Every browser that is signed in as you. If you do not know one of them, sign it out and{" "}
        <a href="/account#password" className="font-medium text-ink underline underline-offset-4">
          change your password
        </a>
        .
      </p>
      <SessionList initial={await showSessions(found)} />
    </AccountPage>
  );
}
