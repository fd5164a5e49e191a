"use client";

import { type ReactNode, useEffect, useId, useRef } from "react";
import { isComposing } from "@/app/ui/form/keys";

type Props = {
  isOpen: boolean;
  title: string;
  /** Asked for with Escape; without it, the dialog can only be answered. */
  onClose?: (() => void) | undefined;
  /** For what cannot wait: announced at once. What has the attribute `data-first` has the focus, or else the first that can. */
  isAlert?: boolean;
  children: ReactNode;
};

/**
 * A dialog over the page, which is out of reach meanwhile. The browser's own
 * element: it keeps the focus inside, gives it back afterwards, and is in
 * nobody's way where it is closed.
 */
export function Dialog({ isOpen, title, onClose, isAlert, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useEffect(() => {
    if (isOpen && !dialog.current?.open) {
      dialog.current?.showModal();
      dialog.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    }
    if (!isOpen && dialog.current?.open) dialog.current.close();
  }, [isOpen]);

  return (
    <dialog
      ref={dialog}
      role={isAlert ? "alertdialog" : undefined}
      aria-labelledby={heading}
      onClose={() => {
        // A browser closes a dialog that is escaped from twice, whatever it is told.
        if (isOpen && onClose) onClose();
        else if (isOpen) dialog.current?.showModal();
      }}
      onKeyDown={(event) => {
        // Escape that ends a composition closes nothing.
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
