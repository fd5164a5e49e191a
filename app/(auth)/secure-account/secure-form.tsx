"use client";

import { factorName } from "@/app/ui/factor-name";
import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { TextLink } from "@/app/ui/link/text-link";
import { Moment } from "@/app/ui/time/moment";
import type { NewFactor } from "@/lib/auth/second-factor/disputed";
import { useWords } from "@/lib/i18n/react";
import { type SecureState, secure } from "./actions";

/** A factor that was added since the event. The time is in ISO 8601. */
type Factor = Omit<NewFactor, "addedAt"> & { addedAt: string };

type Props = {
  token: string;
  factors: Factor[];
  /** How long their removal takes if the account has no other factor, in milliseconds; null if it has. */
  delay: number | null;
};

export function SecureForm({ token, factors, delay }: Props) {
  const words = useWords();
  const { t, rich, duration } = words;
  const { state, sending } = useFormAction<SecureState>(secure, {});

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        {rich("auth.spentSecure", { link: (parts) => <TextLink href="/forgot-password">{parts}</TextLink> })}
      </Notice>
    );
  }

  if (state.isTaken) {
    return <Notice kind="problem">{t("auth.takenSecure")}</Notice>;
  }

  return (
    <Form {...sending}>
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      {factors.length > 0 && (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-3 text-sm">
            {delay === null ? t("auth.newFactors") : t("auth.newFactorsLater", { length: duration(delay) })}
          </legend>
          {factors.map(({ id, kind, name, addedAt }) => (
            <label key={id} className="flex min-h-11 items-start gap-3 rounded-lg border border-line p-3 text-sm">
              <input
                type="checkbox"
                name="keep"
                value={id}
                className="mt-0.5 size-5 shrink-0 accent-action sm:size-4"
              />
              <span className="min-w-0 wrap-anywhere">
                <span className="block font-medium">{factorName({ kind, name }, words)}</span>
                <span className="block text-muted">
                  {rich("auth.addedAt", { time: () => <Moment at={new Date(addedAt)} /> })}
                </span>
                {t("auth.keepFactor")}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <SubmitButton working={t("auth.securing")}>{t("auth.secure")}</SubmitButton>
    </Form>
  );
}
