"use client";

import { AskFirst } from "@/app/ui/ask-first";
import { usePrivateWords } from "@/lib/i18n/react";
import { useDialogEnd } from "../../use-dialog-end";
import { type Act, isDanger } from "./acts";
import { AdministerForm } from "./administer-form";

type Props = { user: { id: string; email: string }; act: Act };

/** A button that runs an administrator's action on an account, after asking for the reason. */
export function Administer({ user: { id, email }, act }: Props) {
  const { t } = usePrivateWords();

  return (
    <AskFirst
      page={`/admin/users/${id}/${act}`}
      title={t(`admin.ask-${act}`, { email })}
      kind={isDanger(act) ? "danger" : "secondary"}
      button={t(`admin.act-${act}`)}
    >
      {(close) => <AdministerInDialog userId={id} act={act} close={close} />}
    </AskFirst>
  );
}

function AdministerInDialog({ close, ...what }: { userId: string; act: Act; close: () => void }) {
  return <AdministerForm {...what} {...useDialogEnd(close)} />;
}
