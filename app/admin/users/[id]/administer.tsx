"use client";

import { AskFirst } from "@/app/ui/ask-first";
import { Button } from "@/app/ui/button";
import { useToast } from "@/app/ui/toast";
import { useWords } from "@/lib/i18n/react";
import { type Act, isDanger } from "./acts";
import { AdministerForm } from "./administer-form";

type Props = { user: { id: string; email: string }; act: Act };

/** A button that runs an administrator's action on an account, after asking for the reason. */
export function Administer({ user: { id, email }, act }: Props) {
  const toast = useToast();
  const { t } = useWords();

  return (
    <AskFirst
      page={`/admin/users/${id}/${act}`}
      title={t(`admin.ask-${act}`, { email })}
      kind={isDanger(act) ? "danger" : "secondary"}
      button={t(`admin.act-${act}`)}
    >
      {(close) => (
        <AdministerForm
          userId={id}
          act={act}
          onDone={(done) => {
            close();
            toast({ kind: "done", text: done });
          }}
        >
          <Button type="button" kind="secondary" onClick={close}>
            {t("admin.cancel")}
          </Button>
        </AdministerForm>
      )}
    </AskFirst>
  );
}
