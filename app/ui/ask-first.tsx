"use client";

import { type ComponentProps, type ReactNode, useState } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";

type Props = {
  /** The page that asks the same without JavaScript. */
  page: string;
  title: string;
  kind?: ComponentProps<typeof Button>["kind"];
  /** What the button says. */
  button: string;
  /** What the dialog holds; `close` closes it. */
  children: (close: () => void) => ReactNode;
};

/** A button that asks before something is done: in a dialog, or without JavaScript on a page of its own. */
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
