"use client";

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { isComposing } from "@/app/ui/form/keys";

type Props = {
  isOpen: boolean;
  title: string;
  /** Called when the user presses Escape. Without it, only the dialog's own buttons close it. */
  onClose?: (() => void) | undefined;
  /** Whether screen readers announce it at once, for urgent messages. */
  isAlert?: boolean;
  children: ReactNode;
};

/**
 * A modal dialog. It is the browser's own element, which makes the page inert, keeps
 * the focus inside and gives it back afterwards. The element with the attribute
 * `data-first` gets the focus, or else the first that can.
 */
export function Dialog({ isOpen, title, onClose, isAlert, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Not in the page before it is needed: a page has a dozen dialogs, and most never open.
  const [isNeeded, setIsNeeded] = useState(isOpen);
  if (isOpen && !isNeeded) setIsNeeded(true);

  useEffect(() => {
    if (isOpen && !dialog.current?.open) {
      dialog.current?.showModal();
      dialog.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    }
    if (!isOpen && dialog.current?.open) dialog.current.close();
  }, [isOpen]);

  if (!isNeeded) return null;
  return (
    <dialog
      ref={dialog}
      role={isAlert ? "alertdialog" : undefined}
      aria-labelledby={heading}
      onClose={() => {
        // On a second Escape browsers close the dialog even if the first one was prevented.
        if (isOpen && onClose) onClose();
        else if (isOpen) dialog.current?.showModal();
      }}
      onKeyDown={(event) => {
        // An Escape that ends an IME composition must not close the dialog.
        if (event.key === "Escape" && isComposing(event.nativeEvent)) event.preventDefault();
      }}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      className="m-auto w-full max-w-104 rounded-xl border border-line bg-surface p-6 text-ink shadow-xl backdrop:bg-black/40 max-sm:max-w-[calc(100vw-2rem)]"
    >
      {isOpen && (
        <>
          <h2 id={heading} className="mb-3 text-lg font-semibold tracking-tight">
            {title}
          </h2>
          {children}
        </>
      )}
    </dialog>
  );
}
