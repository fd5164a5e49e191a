import type { Metadata } from "next";
import { Screen } from "@/app/(auth)/screen";
import { TextLink } from "@/app/ui/text-link";
import { ForgotForm } from "./forgot-form";

export const metadata: Metadata = { title: "Forgot your password?" };

export default function ForgotPasswordPage() {
  return (
    <Screen title="Forgot your password?">
      <p className="text-muted">Enter the address that you log in with. A link to choose a new password goes there.</p>
      <ForgotForm />
      <p className="text-sm text-muted">
        It came back to you? <TextLink href="/login">Log in</TextLink>
      </p>
    </Screen>
  );
}
