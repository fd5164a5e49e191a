"use client";

import { useActionState } from "react";
import { Form } from "@/app/ui/form";
import { Notice } from "@/app/ui/notice";
import { SubmitButton } from "@/app/ui/submit-button";
import { TextLink } from "@/app/ui/text-link";
import { type SecureState, secure } from "./actions";

export function SecureForm({ token }: { token: string }) {
  const [state, action] = useActionState<SecureState, FormData>(secure, {});

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        This link works no more. <TextLink href="/forgot-password">Choose a new password</TextLink>
      </Notice>
    );
  }

  return (
    <Form action={action} state={state}>
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      <SubmitButton working="Signing it out …">It was not me: sign that browser out</SubmitButton>
    </Form>
  );
}
