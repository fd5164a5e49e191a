"use client";

import { AskFirst } from "@/app/ui/ask-first";
import { Button } from "@/app/ui/button";
import { useToast } from "@/app/ui/toast";
import { ACTS, type Act, isDanger } from "./acts";
import { AdministerForm } from "./administer-form";

type Props = { user: { id: string; email: string }; act: Act };

/** A button that runs an administrator's action on an account, after asking for the reason. */
export function Administer({ user: { id, email }, act }: Props) {
  const toast = useToast();
  const { button, title } = ACTS[act];

  return (
    <AskFirst
      page={`/admin/users/${id}/${act}`}
      title={title(email)}
      kind={isDanger(act) ? "danger" : "secondary"}
      button={button}
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
            Cancel
          </Button>
        </AdministerForm>
      )}
    </AskFirst>
  );
}
