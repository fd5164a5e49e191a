import type { Metadata } from "next";
import { ButtonLink } from "@/app/ui/link/button-link";
import { requireSession } from "@/lib/session/current";
import { AccountPage } from "../../account-page";
import { Everywhere } from "../everywhere";

export const metadata: Metadata = { title: "Log out everywhere?" };

/** Asks for confirmation without JavaScript. With JavaScript, a dialog does. */
export default async function EndAllPage() {
  const found = await requireSession();

  return (
    <AccountPage found={found} title="Log out everywhere?">
      <div className="max-w-lg">
        <Everywhere>
          <ButtonLink href="/sessions" kind="secondary">
            Back
          </ButtonLink>
        </Everywhere>
      </div>
    </AccountPage>
  );
}
