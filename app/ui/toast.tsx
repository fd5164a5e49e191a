"use client";

import { CircleAlert, CircleCheck } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { useWords } from "@/lib/i18n/react";

/** How long a toast stays, in milliseconds. */
const STAYS = 6000;

type Toast = {
  id: number;
  kind: "done" | "problem";
  text: string;
  /** Takes back what was done. */
  undo?: (() => void) | undefined;
};

const ToastContext = createContext<(toast: Omit<Toast, "id">) => void>(() => {});

/** Returns a function that shows a toast: a short message that disappears by itself. */
export function useToast() {
  return useContext(ToastContext);
}

/** The place where toasts appear. Screen readers announce them, and the focus stays where it is. */
export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const add = useCallback(
    (toast: Omit<Toast, "id">) => setToasts((all) => [...all, { ...toast, id: Math.random() }]),
    [],
  );
  const remove = useCallback((id: number) => setToasts((all) => all.filter((each) => each.id !== id)), []);

  return (
    <ToastContext value={add}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed inset-x-4 bottom-4 z-10 flex flex-col items-center gap-2 print:hidden"
      >
        {toasts.map((toast) => (
          <ToastLine key={toast.id} toast={toast} onOver={remove} />
        ))}
      </div>
    </ToastContext>
  );
}

function ToastLine({ toast: { id, kind, text, undo }, onOver }: { toast: Toast; onOver: (id: number) => void }) {
  const Icon = kind === "done" ? CircleCheck : CircleAlert;
  const { t } = useWords();
  const [isHeld, setIsHeld] = useState(false);

  useEffect(() => {
    if (isHeld) return;
    const over = setTimeout(() => onOver(id), STAYS);
    return () => clearTimeout(over);
  }, [id, onOver, isHeld]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only waits while somebody is about to press the button
    <div
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
      className="pointer-events-auto flex items-center gap-2.5 rounded-lg border border-line bg-action px-4 py-3 text-sm text-on-action shadow-lg"
    >
      <Icon className="size-4.5 shrink-0" aria-hidden="true" />
      {text}
      {undo && (
        <button
          type="button"
          className="-my-1 min-h-8 rounded px-2 font-semibold underline underline-offset-4"
          onClick={() => {
            undo();
            onOver(id);
          }}
        >
          {t("ui.undo")}
        </button>
      )}
    </div>
  );
}
