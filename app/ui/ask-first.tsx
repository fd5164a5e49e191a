"use client";

import { type ComponentProps, type ReactNode, useState } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";

type Props = {
  /** The page that asks for confirmation without JavaScript. */
  page: string;
  title: string;
  kind?: ComponentProps<typeof Button>["kind"];
  /** The button's text. */
  button: string;
  /** The dialog's content. `close` closes it. */
  children: (close: () => void) => ReactNode;
};

/** A button that asks for confirmation: in a dialog, or on a page of its own without JavaScript. */
export function AskFirst({ page, title, kind = "secondary", button, children }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);

  return (
    <>
      <form
        action={page}
        onSubmit={(event) => {
          event.preventDefault();
          setIsOpen(true);
        }}
        className="contents"
      >
        <Button type="submit" kind={kind}>
          {button}
        </Button>
      </form>
      <Dialog isOpen={isOpen} title={title} onClose={close}>
        {isOpen && children(close)}
      </Dialog>
    </>
  );
}
