import type { ComponentProps } from "react";
import { timesOf } from "@/app/(account)/session-guard/times";
import { PrivateWords } from "@/app/ui/private-words";
import type { ActiveSession } from "@/lib/session/store/contract";
import { type ShownRecovery, showRecovery } from "@/lib/users/recoveries";
import { version } from "@/package.json";
import { Frame } from "./frame";

type Props = {
  found: ActiveSession;
  /** The recovery of the user's second factor, if the page has read it already; null for none. */
  recovery?: ShownRecovery | null;
} & Pick<ComponentProps<typeof Frame>, "title" | "nav" | "children">;

/** The frame of a private page. The page itself must have checked the session. */
export async function AccountPage({ found, recovery, ...page }: Props) {
  const { session, user } = found;
  const { id, name, email, role } = user;

  return (
    <PrivateWords>
      <Frame
        person={{ id, name, email, role }}
        times={timesOf(found)}
        publicComputer={session.publicComputer}
        hasSecondFactor={found.hasSecondFactor}
        recovery={
          found.hasSecondFactor ? { recovery: recovery === undefined ? await showRecovery(id) : recovery } : undefined
        }
        version={version}
        {...page}
      />
    </PrivateWords>
  );
}
