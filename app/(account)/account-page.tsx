import type { ComponentProps } from "react";
import { timesOf } from "@/app/(account)/session-guard/times";
import type { ActiveSession } from "@/lib/session/store/contract";
import { showRecovery } from "@/lib/users/recoveries";
import { version } from "@/package.json";
import { Frame } from "./frame";

type Props = { found: ActiveSession } & Pick<ComponentProps<typeof Frame>, "title" | "nav" | "children">;

/** The frame of a private page. The page itself must have checked the session. */
export async function AccountPage({ found, ...page }: Props) {
  const { session, user } = found;
  const { id, name, email, role } = user;

  return (
    <Frame
      person={{ id, name, email, role }}
      times={timesOf(found)}
      publicComputer={session.publicComputer}
      hasSecondFactor={found.hasSecondFactor}
      recovery={found.hasSecondFactor ? { recovery: await showRecovery(id) } : undefined}
      version={version}
      {...page}
    />
  );
}
