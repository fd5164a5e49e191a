"use client";

import { useEffect, useState } from "react";
import { usePrivateWords } from "@/lib/i18n/react";
import type { FormState } from "./form-state";
import { hearReceipt } from "./receipt";

/** What the pages of ended sessions confirm, on a page that was loaded after the log-out. Without JavaScript, nothing. */
export function ReceiptText({ id, sessions }: NonNullable<FormState["receipt"]>) {
  const words = usePrivateWords();
  const [text, setText] = useState("");
  useEffect(() => {
    let isGone = false;
    hearReceipt({ id, sessions }, words).then((heard) => !isGone && setText(heard));
    return () => {
      isGone = true;
    };
  }, [id, sessions, words]);

  // Room for the text, so that nothing moves when it arrives.
  return <span className="needs-script block min-h-10 lg:min-h-5">{text}</span>;
}
