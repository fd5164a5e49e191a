"use client";

import { MailCheck } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { leadingTo } from "@/lib/http/leading-to";
import { useWords } from "@/lib/i18n/react";

type Props = {
  to: string;
  /** The page where the visitor can try again. */
  again: string;
  /** Where to go after the log-in. */
  next: string;
  children: ReactNode;
};

/** Says that an email is on its way, whether or not the account exists: only the email itself tells. */
export function SentMail({ to, again, next, children }: Props) {
  const { t, rich } = useWords();
  const message = useRef<HTMLDivElement>(null);
  // Take the focus, because the form that had it is gone.
  useEffect(() => message.current?.focus(), []);

  return (
    <div
      ref={message}
      tabIndex={-1}
      role="status"
      className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5"
    >
      <MailCheck className="size-6 text-good" aria-hidden="true" />
      <p className="font-medium">
        {rich("auth.sentTo", {
          to: () => (
            <span className="wrap-anywhere">
              <Isolated>{to}</Isolated>
            </span>
          ),
        })}
      </p>
      <p className="text-sm text-muted">{children}</p>
      <p className="text-sm text-muted">
        {rich("auth.notThere", {
          // A full page load: this page has the same address.
          again: (parts) => (
            <a href={leadingTo(again, next)} className="font-medium text-ink underline underline-offset-4">
              {parts}
            </a>
          ),
        })}{" "}
        <TextLink href={leadingTo("/login", next)}>{t("login.submit")}</TextLink>
      </p>
    </div>
  );
}
