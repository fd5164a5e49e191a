import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { Notice } from "@/app/ui/form/notice";
import { Isolated } from "@/app/ui/isolated";
import { siteNames } from "@/lib/password/choose";
import { requestContext } from "@/lib/request-context";
import { requireSession } from "@/lib/session/current";
import { AccountPage } from "../account-page";
import { DeleteForm, EmailForm, NameForm, PasswordForm } from "./account-forms";

export const metadata: Metadata = { title: "Account" };

export default async function AccountSettingsPage() {
  const found = await requireSession();
  const isMoved = requestContext().justDone === "email-changed";
  const { name, email } = found.user;

  return (
    <AccountPage found={found} title="Account">
      {isMoved && (
        <div className="mb-5">
          <Notice kind="done">
            From now on, you log in with <Isolated>{email}</Isolated>.
          </Notice>
        </div>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <div className="grid gap-5">
          <Card title="Name">
            <NameForm name={name} />
          </Card>
          <Card title="Email">
            <EmailForm pending={found.pendingEmail} />
          </Card>
        </div>
        <div className="grid gap-5">
          <Card title="Password" id="password">
            <PasswordForm circumstances={{ siteNames: siteNames(), email }} />
          </Card>
          <Card title="Delete the account">
            <DeleteForm />
          </Card>
        </div>
      </div>
    </AccountPage>
  );
}
