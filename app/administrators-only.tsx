"use client";

import { Screen } from "@/app/ui/screen";
import { buttonLook } from "./ui/button";
import { Isolated } from "./ui/isolated";

/** The 403 page for users who are not administrators. It names the user, but does not reveal if the path exists. */
export function AdministratorsOnly({ person }: { person: { name: string; email: string } | null }) {
  return (
    <Screen title="This is for administrators">
      {person && (
        <p className="text-muted">
          You are logged in as{" "}
          <strong className="font-medium text-ink">
            <Isolated>{person.name}</Isolated>
          </strong>{" "}
          (
          <span className="wrap-anywhere">
            <Isolated>{person.email}</Isolated>
          </span>
          ), who is not one. An administrator can make you one; that counts at once, without logging in again.
        </p>
      )}
      <div className="flex flex-col gap-3">
        <a href="/dashboard" className={buttonLook()}>
          To the dashboard
        </a>
        <a href="/logout" className={buttonLook({ kind: "secondary" })}>
          Log in as somebody else
        </a>
      </div>
    </Screen>
  );
}
