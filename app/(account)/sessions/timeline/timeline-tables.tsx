"use client";

import { Cell, Row, RowHead, Table } from "@/app/ui/table";
import { Moment } from "@/app/ui/time/moment";

// The same values as in the chart. The words come from the server, and so browsers need not load them.

export type SessionRow = {
  id: string;
  name: string;
  since: Date | null;
  until: Date | null;
  reason: string;
  /** How long it lasted, in words; null if unknown. */
  length: string | null;
  confirmations: Date[];
  wrong: Date[];
};

export type SessionHeads = Record<"device" | "loggedIn" | "ended" | "lasted" | "confirmed" | "wrong", string>;

type SessionProps = { name: string; heads: SessionHeads; rows: SessionRow[]; notRecorded: string };

export function SessionTable({ name, heads, rows, notRecorded }: SessionProps) {
  return (
    <Table name={name} heads={Object.values(heads).map((name) => ({ name }))}>
      {rows.map(({ id, name, since, until, reason, length, confirmations, wrong }) => (
        <Row key={id}>
          <RowHead>
            <Target id={id}>{name}</Target>
          </RowHead>
          <Cell name={heads.loggedIn}>{since ? <Moment at={since} /> : <span>{notRecorded}</span>}</Cell>
          <Cell name={heads.ended}>
            {until && <Moment at={until} />}
            <span className="block">{reason}</span>
          </Cell>
          <Cell name={heads.lasted} isUsual={length === null}>
            {length ?? "–"}
          </Cell>
          <Times name={heads.confirmed} times={confirmations} />
          <Times name={heads.wrong} times={wrong} />
        </Row>
      ))}
    </Table>
  );
}

export type FailureRow = { id: string; at: Date; what: string; device: string; address: string };

export type FailureHeads = Record<"time" | "what" | "device" | "address", string>;

type FailureProps = { name: string; heads: FailureHeads; rows: FailureRow[] };

export function FailureTable({ name, heads, rows }: FailureProps) {
  return (
    <div className="mt-6">
      <Table name={name} heads={Object.values(heads).map((name) => ({ name }))}>
        {rows.map(({ id, at, what, device, address }) => (
          <Row key={id}>
            <RowHead>
              <Target id={id}>
                <Moment at={at} />
              </Target>
            </RowHead>
            <Cell name={heads.what}>{what}</Cell>
            <Cell name={heads.device}>{device}</Cell>
            <Cell name={heads.address}>{address}</Cell>
          </Row>
        ))}
      </Table>
    </div>
  );
}

/** What the bar of a row leads to. */
function Target({ id, children }: { id: string; children: React.ReactNode }) {
  return (
    <span id={id} className="scroll-mt-4 target:underline">
      {children}
    </span>
  );
}

/** A cell with moments, each on a line of its own. */
function Times({ name, times }: { name: string; times: Date[] }) {
  return (
    <Cell name={name} isUsual={times.length === 0}>
      {times.length === 0 && <span>–</span>}
      {times.map((at) => (
        <span key={at.getTime()} className="block">
          <Moment at={at} />
        </span>
      ))}
    </Cell>
  );
}
