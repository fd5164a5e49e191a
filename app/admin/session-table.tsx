"use client";

import { DEVICES, uniqueNames } from "@/app/(account)/sessions/session-look";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { ActCell, Cell, type Head, NoSelectCell, Row, RowHead, SelectCell, Table } from "@/app/ui/table";
import { Relative } from "@/app/ui/time/relative";
import { browserName } from "@/lib/http/browser-name";
import { usePrivateWords } from "@/lib/i18n/react";
import type { SelectedSession } from "@/lib/session/store/contract";
import { isolated } from "@/lib/text/isolated";
import { EndSessions } from "./sessions/end-sessions";

type Props = {
  name: string;
  sessions: SelectedSession[];
  /** The places of their addresses, by address. */
  places: Record<string, string>;
  /** The handle of the administrator's own session. */
  here: string;
  /** The handles of the sessions with an open page. */
  open: string[];
  now: string;
  /** Without a column for the user, all sessions belong to one user, who is named elsewhere on the page. */
  heads: {
    select: Head & { selects: string };
    user?: Head;
    device: Head;
    address: Head;
    since: Head;
    lastSeen: Head;
    act: Head;
  };
};

/** A table of sessions, each with a button that ends it after confirmation. */
export function SessionTable({ name, sessions, places, here, open, now, heads }: Props) {
  const words = usePrivateWords();
  const { t } = words;
  if (sessions.length === 0) return <p className="text-sm text-muted">{t("admin.noSessions")}</p>;

  const { select, user, device, address, since, lastSeen, act } = heads;
  const names = uniqueNames(sessions, (session) =>
    t("admin.browserOf", { browser: browserName(session, words), email: isolated(session.email) }),
  );
  return (
    <Table name={name} heads={[select, ...(user ? [user] : []), device, address, since, lastSeen, act]}>
      {sessions.map((session) => (
        <Row key={session.handle}>
          {session.handle === here ? (
            <NoSelectCell />
          ) : (
            <SelectCell
              form={select.selects}
              field="handle"
              value={session.handle}
              name={names.get(session.handle) ?? ""}
            />
          )}
          {user ? (
            <>
              <RowHead>
                <TextLink href={`/admin/users/${session.userId}`}>
                  <Isolated>{session.email}</Isolated>
                </TextLink>
              </RowHead>
              <Cell name={device.name}>
                <DeviceOf session={session} isHere={session.handle === here} />
              </Cell>
            </>
          ) : (
            <RowHead>
              <DeviceOf session={session} isHere={session.handle === here} />
            </RowHead>
          )}
          <Cell name={address.name}>
            <AddressesOf session={session} places={places} />
          </Cell>
          <Cell name={since.name}>
            <Relative at={session.since} now={now} />
          </Cell>
          <Cell name={lastSeen.name}>
            {/* This page's own request may have been recorded after the page read the time. */}
            <Relative at={session.lastSeen < now ? session.lastSeen : now} now={now} />
            {open.includes(session.handle) && (
              <span className="block font-medium text-good">{t("admin.pageOpen")}</span>
            )}
          </Cell>
          <ActCell>
            <EndSessions
              meant={{ handle: session.handle }}
              label={t("admin.signOutOf", { name: names.get(session.handle) ?? "" })}
            >
              {t("admin.signOut")}
            </EndSessions>
          </ActCell>
        </Row>
      ))}
    </Table>
  );
}

function DeviceOf({ session, isHere }: { session: SelectedSession; isHere: boolean }) {
  const words = usePrivateWords();
  const { t } = words;
  const Icon = DEVICES[session.device];
  return (
    <>
      <span className="inline-flex items-baseline gap-2">
        <Icon className="size-4 shrink-0 self-center text-muted" aria-hidden="true" />
        <span>{browserName(session, words)}</span>
      </span>
      {isHere && <span className="block font-medium text-good">{t("admin.thisBrowser")}</span>}
      {session.publicComputer && <span className="block font-normal text-muted">{t("admin.publicComputer")}</span>}
      {session.boundAt && <span className="block font-normal text-muted">{t("binding.boundShort")}</span>}
      {session.demonstration && <span className="block font-normal text-muted">{t("admin.demonstration")}</span>}
    </>
  );
}

/** The addresses of the log-in and of the last use if they differ, and their places below. */
function AddressesOf({
  session: { firstAddress, lastAddress },
  places,
}: { session: SelectedSession } & Pick<Props, "places">) {
  const { t } = usePrivateWords();
  const inTurn = (first: string, last: string) => (first === last ? first : t("admin.moved", { first, last }));
  const first = firstAddress ?? t("admin.unknownAddress");
  const last = lastAddress ?? first;
  const [before, after] = [places[first], places[last]];

  return (
    <>
      {inTurn(first, last)}
      {(before ?? after) && (
        <span className="block font-normal text-muted">{inTurn(before ?? first, after ?? last)}</span>
      )}
    </>
  );
}
