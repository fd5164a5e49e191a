"use client";

import { CircleAlert, CircleCheck } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";

/** How long a toast stays, in milliseconds. */
const STAYS = 6000;

type Toast = { id: number; kind: "done" | "problem"; text: string };

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

function ToastLine({ toast: { id, kind, text }, onOver }: { toast: Toast; onOver: (id: number) => void }) {
  const Icon = kind === "done" ? CircleCheck : CircleAlert;

  useEffect(() => {
    const over = setTimeout(() => onOver(id), STAYS);
    return () => clearTimeout(over);
  }, [id, onOver]);

  return (
    <div className="pointer-events-auto flex items-center gap-2.5 rounded-lg border border-line bg-action px-4 py-3 text-sm text-on-action shadow-lg">
      <Icon className="size-4.5 shrink-0" aria-hidden="true" />
      {text}
    </div>
  );
}
