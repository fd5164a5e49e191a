"use client";

import { useWords } from "@/lib/i18n/react";
import { Isolated } from "./isolated";
import { LanguageForm } from "./language-form";
import { ThemeForm } from "./theme-form";

type Props = {
  /** The version of the product. Only for users who are logged in: to others it names the known faults to try. */
  version?: string | undefined;
  className?: string;
};

/** The end of a page: the choices of language and theme, help, and the version. */
export function PageFooter({ version, className = "" }: Props) {
  const { t, rich, help } = useWords();

  return (
    <footer className={`flex flex-wrap items-center gap-x-8 print:hidden ${className}`}>
      <LanguageForm />
      <ThemeForm />
      {help && <FooterLink href={help}>{t("ui.help")}</FooterLink>}
      {version && (
        <>
          <FooterLink href="/dashboard/how-it-works">{t("ui.howItWorks")}</FooterLink>
          <p className="text-sm text-muted">{rich("ui.version", { number: () => <Isolated>{version}</Isolated> })}</p>
        </>
      )}
    </footer>
  );
}

/** A plain link, because error pages have this footer, too, and every page loads them. */
function FooterLink({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} className="flex min-h-11 items-center text-sm text-muted hover:text-ink hover:underline sm:min-h-10">
      {children}
    </a>
  );
}
