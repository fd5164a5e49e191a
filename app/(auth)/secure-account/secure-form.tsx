"use client";

import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { TextLink } from "@/app/ui/link/text-link";
import { type SecureState, secure } from "./actions";

export function SecureForm({ token }: { token: string }) {
  const { state, sending } = useFormAction<SecureState>(secure, {});

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        This link works no more. <TextLink href="/forgot-password">Choose a new password</TextLink>
      </Notice>
    );
  }

  if (state.isTaken) {
    return (
      <Notice kind="problem">
        Every browser is signed out. The account has another address by now, and this address an account of its own: ask
        who runs this site to give yours back.
      </Notice>
    );
  }

  return (
    <Form {...sending}>
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      <SubmitButton working="Signing out …">It was not me: sign every browser out</SubmitButton>
    </Form>
  );
}
