"use client";

import { useEffect, useRef, useState } from "react";
import { forgetPeople } from "@/app/(account)/recent-people";
import { EmailField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { logInWithPasskey } from "../passkeys/actions";
import { askToLogIn } from "../passkeys/ask-to-log-in";
import { PasskeyButton } from "../passkeys/passkey-button";
import { useForgottenPasskey } from "../passkeys/use-forgotten-passkey";
import { type LoginState, login, makeRoom } from "./actions";
import { ChooseForm } from "./choose-form";
import { emailInAddress, useEmailInAddress } from "./email-in-address";

type Props = {
  next: string;
  /** Whether passkeys can be used, as far as the server knows. */
  hasPasskeys: boolean;
  /** The initial values: the demo account, if the visitor asked for it, or those of a log-in without its second step. */
  filled: { email: string; password?: string; publicComputer?: boolean } | null;
};

/** Adds this page's fragment to `next`: browsers keep a fragment across redirects, and never send it to the server. */
function useFragment(next: string): string {
  const [fragment, setFragment] = useState("");
  useEffect(() => setFragment(emailInAddress() === null ? window.location.hash : ""), []);
  return next.includes("#") ? next : next + fragment;
}

export function LoginForm({ next: page, hasPasskeys, filled }: Props) {
  const { t } = useWords();
  const { state, sendTo, sending } = useFormAction<LoginState>(login, {});
  const email = useRef<HTMLInputElement>(null);
  const next = useFragment(page);
  useEmailInAddress(email);
  useForgottenPasskey(state.unknown);
  useEffect(forgetPeople, []);

  function logInBy(answer: string) {
    const form = new FormData();
    form.set("answer", answer);
    form.set("next", next);
    if (email.current?.form?.querySelector<HTMLInputElement>("[name=public]")?.checked) form.set("public", "on");
    sendTo(logInWithPasskey, form);
  }

  if (state.choice) {
    return (
      <ChooseForm<LoginState> choice={state.choice} action={makeRoom}>
        <input type="hidden" name="next" value={next} />
        {state.publicComputer && <input type="hidden" name="public" value="on" />}
      </ChooseForm>
    );
  }

  return (
    <Form {...sending} continueAt="password">
      <EmailField
        ref={email}
        label={t("login.email")}
        name="email"
        autoComplete="username webauthn"
        defaultValue={state.email ?? filled?.email}
        error={state.errors?.email}
      />
      <PasswordField
        label={t("login.password")}
        name="password"
        autoComplete="current-password"
        required
        defaultValue={filled?.password}
        error={state.errors?.password}
      />
      <label className="flex min-h-11 items-center gap-3 text-sm sm:min-h-0">
        <input
          type="checkbox"
          name="public"
          defaultChecked={state.publicComputer ?? filled?.publicComputer}
          className="size-5 accent-action sm:size-4"
        />
        <span>
          {t("login.publicComputer")} <span className="block text-muted">{t("login.publicComputerHint")}</span>
        </span>
      </label>
      <input type="hidden" name="next" value={next} />
      <SubmitButton working={t("login.working")}>{t("login.submit")}</SubmitButton>
      {hasPasskeys && (
        <PasskeyButton ask={askToLogIn} onAnswer={logInBy} isPending={sending.isPending} inAutofill>
          {t("passkey.use")}
        </PasskeyButton>
      )}
    </Form>
  );
}
