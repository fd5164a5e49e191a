"use client";

import { useState } from "react";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import { useToast } from "@/app/ui/toast";
import { usePrivateWords } from "@/lib/i18n/react";
import { useDialogEnd } from "../../use-dialog-end";
import { DisableForm } from "./disable-form";

type Props = {
  /** The form's id, for the checkboxes in the table that belong to it. */
  id: string;
  /** What to say if none is checked. */
  noneSelected: string;
  children: string;
};

/** A button that disables the selected users after confirmation: in a dialog, or on a page of its own without JavaScript. */
export function DisableSelected({ id, noneSelected, children }: Props) {
  const [userIds, setUserIds] = useState<string[]>([]);
  const toast = useToast();
  const { t } = usePrivateWords();
  const close = () => setUserIds([]);
  const end = useDialogEnd(close);

  return (
    <>
      <form
        id={id}
        action="/admin/users/disable"
        onSubmit={(event) => {
          event.preventDefault();
          const selected = new FormData(event.currentTarget).getAll("users").map(String);
          if (selected.length === 0) toast({ kind: "problem", text: noneSelected });
          setUserIds(selected);
        }}
        className="contents"
      >
        <Button type="submit" kind="danger">
          {children}
        </Button>
      </form>
      <Dialog isOpen={userIds.length > 0} title={t("admin.askDisable", { count: userIds.length })} onClose={close}>
        <DisableForm userIds={userIds} {...end} />
      </Dialog>
    </>
  );
}
