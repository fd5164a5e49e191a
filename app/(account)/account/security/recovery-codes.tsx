"use client";

import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { Button, buttonLook } from "@/app/ui/button";
import { CopyButton } from "@/app/ui/copy-button";
import { Notice } from "@/app/ui/form/notice";
import { usePrivateWords } from "@/lib/i18n/react";

type Props = {
  codes: string[];
  /** The level of the heading, below the heading before it. */
  heading: "h2" | "h3";
};

/** New recovery codes, which are shown this once: to copy, download and print. */
export function RecoveryCodes({ codes, heading: Heading }: Props) {
  const { t, product } = usePrivateWords();
  const { person } = useLiveSession();
  const text = `${product}, ${person.email}\n\n${codes.join("\n")}\n`;

  return (
    <section aria-labelledby="recovery-codes-shown" className="flex flex-col gap-4">
      <Heading id="recovery-codes-shown" className="font-semibold">
        {t("security.newCodes")}
      </Heading>
      <Notice kind="problem">{t("security.codesOnce")}</Notice>
      <ol data-recovery-codes className="grid gap-x-6 gap-y-1 font-mono text-sm sm:grid-cols-2" dir="ltr">
        {codes.map((code) => (
          <li key={code} className="wrap-anywhere">
            {code}
          </li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-3 print:hidden">
        <CopyButton text={text} />
        <a
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download={`${product}-recovery-codes.txt`}
          className={buttonLook({ kind: "secondary" })}
        >
          {t("security.download")}
        </a>
        <Button type="button" kind="secondary" className="needs-script" onClick={() => print()}>
          {t("security.print")}
        </Button>
      </div>
    </section>
  );
}
