import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";

const KINDS = {
  problem: { look: "border-danger/30 bg-danger-ground text-danger", role: "alert", Icon: CircleAlert },
  done: { look: "border-good/30 bg-good-ground text-good", role: "status", Icon: CircleCheck },
};

/** A message on the page. Screen readers announce a problem at once. */
export function Notice({ kind, children }: { kind: keyof typeof KINDS; children: ReactNode }) {
  const { look, role, Icon } = KINDS[kind];

  return (
    <div role={role} className={`flex gap-2.5 rounded-lg border p-3 text-sm leading-5 ${look}`}>
      <Icon className="size-5 shrink-0" aria-hidden="true" />
      <div>{children}</div>
    </div>
  );
}
