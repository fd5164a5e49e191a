"use client";

import { CircleAlert, CircleCheck, Hourglass } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { useWords } from "@/lib/i18n/react";

/** How long a toast stays, in milliseconds. */
const STAYS = 6000;

/** After how long a toast says what it waits for, in milliseconds. */
const IMPATIENT = 300;

type Toast = {
  id: number;
  kind: "done" | "problem";
  text: string;
  /** Takes back what was done. */
  undo?: (() => void) | undefined;
  /** The rest of the text, once it is known. Until then the toast stays, and says something else. */
  later?: { meanwhile: string; text: Promise<string> } | undefined;
};

const ToastContext = createContext<(toast: Omit<Toast, "id">) => void>(() => {});

/** Returns a function that shows a toast: a short message that disappears by itself. */
export function useToast() {
  return useContext(ToastContext);
}

/** The place where toasts appear. Screen readers announce them, and the focus stays where it is. */
export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const add = useCallback((toast: Omit<Toast, "id">) => {
    const id = Math.random();
    setToasts((all) => [...all, { ...toast, id }]);
    toast.later?.text.then((rest) => {
      // A new line, so that screen readers announce the whole text, once.
      const whole = { ...toast, id: Math.random(), text: `${toast.text} ${rest}`, later: undefined };
      setToasts((all) => all.map((each) => (each.id === id ? whole : each)));
    });
  }, []);
  const remove = useCallback((id: number) => setToasts((all) => all.filter((each) => each.id !== id)), []);

  return (
    <ToastContext value={add}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed inset-x-4 bottom-4 z-10 flex flex-col items-center gap-2 print:hidden"
      >
        {toasts.map((toast) =>
          toast.later ? (
            <AwaitingLine key={toast.id} text={toast.text} meanwhile={toast.later.meanwhile} />
          ) : (
            <ToastLine key={toast.id} toast={toast} onOver={remove} />
          ),
        )}
      </div>
    </ToastContext>
  );
}

const LINE =
  "pointer-events-auto flex items-center gap-2.5 rounded-lg border border-line bg-action px-4 py-3 text-sm text-on-action shadow-lg";

/** A toast whose text is not complete. Screen readers wait for the whole text. */
function AwaitingLine({ text, meanwhile }: { text: string; meanwhile: string }) {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), IMPATIENT);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div aria-hidden="true" className={LINE}>
      <Hourglass className="size-4.5 shrink-0" />
      <span>{isLong ? `${text} ${meanwhile}` : text}</span>
    </div>
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
      className={LINE}
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
