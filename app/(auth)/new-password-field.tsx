"use client";

import { type ComponentProps, useDeferredValue, useEffect, useRef, useState } from "react";
import type { FieldProps } from "@/app/ui/form/field";
import { useSending } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { useWords } from "@/lib/i18n/react";
import { PROBLEMS } from "@/lib/password/problems";
import { problemByShape, shortest } from "@/lib/password/shape.mjs";

type Rules = typeof import("@/lib/password/rules.mjs");
type Judgement = ReturnType<Rules["judgePassword"]>;

/** What the meter needs to judge a password as the server does. */
export type Circumstances = { siteNames: string[]; email?: string | undefined; hasSecondFactor?: boolean };

type Props = FieldProps & ComponentProps<"input"> & { circumstances: Circumstances };

/** By strength; 0 is refused, so it has none. */
const STRENGTHS = [null, "password.fair", "password.good", "password.strong"] as const;
const COLOURS = ["bg-danger", "bg-brass", "bg-good", "bg-good"];

/** A field for a new password, with a meter that runs the server's own rules. */
export function NewPasswordField({ circumstances, ...props }: Props) {
  const { t } = useWords();
  const [rules, setRules] = useState<Rules | null>(null);
  const [typed, setTyped] = useState("");
  const [email, setEmail] = useState(circumstances.email ?? "");
  // Deferred, because judging a long password takes a moment, and typing must not wait for it.
  const password = useDeferredValue(typed);
  const { siteNames, hasSecondFactor } = circumstances;
  const judgement = password ? judge(password, { email, siteNames, hasSecondFactor }, rules) : null;

  const { answer } = useSending();
  const field = useRef<HTMLDivElement>(null);

  // The form may have cleared the field after a response.
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again after each response
  useEffect(() => setTyped(field.current?.querySelector("input")?.value ?? ""), [answer]);

  return (
    <div ref={field}>
      <PasswordField
        {...props}
        autoComplete="new-password"
        required
        maxLength={1024}
        hint={
          // With a fixed height, so that nothing below moves away from under the pointer.
          <div className="min-h-11" aria-live="polite">
            {judgement ? <Meter {...judgement} /> : t("password.hint", { least: shortest({ hasSecondFactor }) })}
          </div>
        }
        onFocus={() => {
          // The lists of common passwords are large, so load them only when the user chooses a password.
          // If they fail to load, only the server judges.
          if (!rules) import("@/lib/password/rules.mjs").then(setRules, () => {});
        }}
        onChange={({ currentTarget: { value, form } }) => {
          setTyped(value);
          setEmail(circumstances.email ?? form?.querySelector<HTMLInputElement>("[name=email]")?.value ?? "");
        }}
      />
    </div>
  );
}

/** Judges a password's length and content at once, and the rest once the lists are loaded. Null if it cannot yet. */
function judge(
  password: string,
  circumstances: { email: string; siteNames: string[]; hasSecondFactor?: boolean | undefined },
  rules: Rules | null,
): Judgement | null {
  if (rules) return rules.judgePassword(password, circumstances);
  const problem = problemByShape(password, circumstances);
  return problem && { problem, strength: 0 };
}

function Meter({ problem, strength }: Judgement) {
  const { t, say } = useWords();
  const word = STRENGTHS[strength];

  return (
    <>
      <div className="flex gap-1 py-1" aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <span
            key={step}
            className={`h-1 flex-1 rounded-full ${step <= Math.max(1, strength) ? `${COLOURS[strength]} forced-colors:bg-[CanvasText]` : "bg-line forced-colors:border forced-colors:border-[CanvasText]"}`}
          />
        ))}
      </div>
      <p className={problem ? "text-danger" : ""}>{problem ? say(PROBLEMS[problem]) : word && t(word)}</p>
    </>
  );
}
