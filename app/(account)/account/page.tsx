import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { siteNames } from "@/lib/auth/new-password";
import { requireSession } from "@/lib/session/current";
import { AccountPage } from "../account-page";
import { DeleteForm, EmailForm, NameForm, PasswordForm } from "./account-forms";

export const metadata: Metadata = { title: "Account" };

export default async function AccountSettingsPage() {
  const found = await requireSession();
  const { name, email } = found.user;

  return (
    <AccountPage found={found} title="Account">
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <div className="grid gap-5">
          <Card title="Name">
            <NameForm name={name} />
          </Card>
          <Card title="Email">
            <EmailForm email={email} />
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
