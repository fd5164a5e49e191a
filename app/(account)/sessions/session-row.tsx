"use client";

import { ChevronDown } from "lucide-react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { Fact } from "@/app/ui/fact";
import { Isolated } from "@/app/ui/isolated";
import { Relative } from "@/app/ui/time/relative";
import { addressName } from "@/lib/http/address-name";
import { browserName } from "@/lib/http/browser-name";
import { usePrivateWords } from "@/lib/i18n/react";
import type { ShownDevice } from "@/lib/session/devices";
import { isolated } from "@/lib/text/isolated";
import { forgetConfirmation, revoke } from "./actions";
import { DEVICES } from "./session-look";
import { SessionName } from "./session-name";

type Props = {
  session: ShownDevice;
  /** The session's name, unique on this page. */
  title: string;
  now: string;
  heading: "h2" | "h3";
  /** The id of the form that logs out the selected sessions, if there is one. */
  selection: string | null;
  plainAction: (form: FormData) => void;
};

/** A session in short. It opens to its details. */
export function SessionRow({ session, title, now, heading: Heading, selection, plainAction }: Props) {
  const words = usePrivateWords();
  const { t, rich } = words;
  const Icon = DEVICES[session.device];
  const { handle, isThis } = session;
  const browser = browserName(session, words);
  const [address, place] = session.lastAddress
    ? [session.lastAddress, session.lastPlace]
    : [session.firstAddress, session.firstPlace];
  const named = { name: isolated(title) };

  return (
    <article aria-label={title} className="flex flex-wrap items-start gap-x-3 px-3 py-2 sm:px-4">
      {selection && !isThis && (
        <label className="flex min-h-11 items-center sm:min-h-10">
          <input
            type="checkbox"
            form={selection}
            name="handle"
            value={handle}
            aria-label={t("sessions.select", named)}
            className="size-5 accent-action"
          />
        </label>
      )}
      <details className="group min-w-0 flex-1 basis-40">
        <summary className="grid min-h-11 cursor-pointer list-none grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 rounded-lg sm:min-h-10 sm:gap-x-4 [&::-webkit-details-marker]:hidden">
          <Icon className="row-span-2 size-6 text-muted" aria-hidden="true" />
          <Heading className="text-sm/5 font-semibold wrap-anywhere">
            <Isolated>{title}</Isolated>
          </Heading>
          <ChevronDown className="row-span-2 size-4.5 text-muted group-open:rotate-180" aria-hidden="true" />
          <span className="text-sm/5 text-muted wrap-anywhere">
            {isThis && <span className="font-medium text-good">{t("sessions.thisBrowser")} · </span>}
            {session.name && <span>{browser} · </span>}
            {session.publicComputer && <span>{t("sessions.publicComputer")} · </span>}
            {address && <span>{addressName(address, place?.name, words)} · </span>}
            <span>
              {isThis || isActive(session, now)
                ? t("sessions.lastSeenNow")
                : rich("sessions.lastSeen", { time: () => <Relative at={session.lastSeen} now={now} /> })}
            </span>
            {session.hasPage && !isThis && <span className="text-good"> · {t("sessions.pageOpen")}</span>}
          </span>
        </summary>
        <div className="flex flex-col items-start gap-3 pt-3 pb-2 text-sm sm:ps-10">
          <Facts session={session} now={now} />
          <p className="text-muted">{session.why}</p>
          <div className="flex w-full flex-wrap gap-3">
            <SessionName
              handle={handle}
              name={session.name}
              browser={browser}
              title={title}
              plainAction={plainAction}
            />
            {isThis && session.confirmedUntil && (
              <GuardedButton
                action={forgetConfirmation}
                plainAction={plainAction}
                values={{ act: "forget-confirmation" }}
              >
                {t("sessions.askAgain")}
              </GuardedButton>
            )}
          </div>
        </div>
      </details>
      {!isThis && (
        <div className="ms-auto">
          <GuardedButton
            action={revoke}
            plainAction={plainAction}
            values={{ act: "revoke", handle }}
            label={t("sessions.signOutNamed", named)}
            done={t("sessions.isOut", named)}
          >
            {t("sessions.signOut")}
          </GuardedButton>
        </div>
      )}
    </article>
  );
}

/** For how long after the last use a session with an open page counts as active, in milliseconds. */
const ACTIVE = 5 * 60_000;

/** Whether a page is open that was used recently. A page that stays open for days is not used all the time. */
function isActive({ hasPage, lastSeen }: ShownDevice, now: string): boolean {
  return hasPage && Date.parse(now) - Date.parse(lastSeen) < ACTIVE;
}

function Facts({ session, now }: Pick<Props, "session" | "now">) {
  const words = usePrivateWords();
  const { t, rich } = words;
  const { firstAddress, lastAddress, firstPlace, lastPlace } = session;
  const first = firstAddress && addressName(firstAddress, firstPlace?.name, words);
  const last = lastAddress !== firstAddress && lastAddress && addressName(lastAddress, lastPlace?.name, words);

  return (
    <dl className="grid w-full gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
      <Fact name={t("sessions.signedIn")}>
        <Relative at={session.since} now={now} />
        <span className="block text-muted">
          {first ? t("sessions.from", { address: first }) : t("sessions.fromUnknown")}
        </span>
        {last && <span className="block text-muted">{t("sessions.lastUsedFrom", { address: last })}</span>}
      </Fact>
      <Fact name={t("sessions.lastConfirmed")}>
        <Relative at={session.confirmedAt} now={now} />
        <span className="block text-muted">
          {t("sessions.provedWith", { proof: session.proof, level: session.level })}
        </span>
        {session.confirmedUntil && <span className="block text-muted">{t("sessions.notAskedAgain")}</span>}
      </Fact>
      {session.isBindable && (
        <Fact name={t("binding.name")}>
          {session.boundAt
            ? rich("binding.bound", { time: () => <Relative at={session.boundAt ?? ""} now={now} /> })
            : t("binding.unbound")}
          {!session.boundAt && <span className="block text-muted">{t("binding.unboundHint")}</span>}
        </Fact>
      )}
      <Fact name={t("sessions.endsIfUnused")}>
        <Relative at={session.idleAt} now={now} />
      </Fact>
      <Fact name={t("sessions.endsInAnyCase")}>
        <Relative at={session.totalAt} now={now} />
      </Fact>
    </dl>
  );
}
