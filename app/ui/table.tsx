"use client";

import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "./link/link";

export type Head = {
  name: string;
  /** Leads to the same rows, sorted by this column. Without it, the column cannot be sorted by. */
  href?: string;
  /** How the rows are sorted by this column now. */
  sorted?: "ascending" | "descending";
  /** Whether the name is for screen readers only. */
  isHidden?: boolean;
  /** The id of the form with the rows' checkboxes: the head has one that checks them all. */
  selects?: string;
};

type Props = {
  /** The table's name for screen readers. */
  name: string;
  heads: Head[];
  /** Rows, each with one cell per head. */
  children: ReactNode;
};

/** A table with a head for each column. On a narrow screen each row is a block, so that nothing scrolls sideways. */
export function Table({ name, heads, children }: Props) {
  return (
    <table aria-label={name} className="w-full text-sm max-md:block">
      <thead className="max-md:block">
        <tr className="border-b border-line max-md:flex max-md:flex-wrap max-md:gap-x-4">
          {heads.map((head) => (
            <HeadCell key={head.name} {...head} />
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-md:block">{children}</tbody>
    </table>
  );
}

const ICONS = { ascending: ArrowUp, descending: ArrowDown };

function HeadCell({ name, href, sorted, isHidden, selects }: Head) {
  const Icon = sorted ? ICONS[sorted] : ChevronsUpDown;
  if (selects)
    return (
      <th scope="col" className="py-2 text-start md:w-8">
        <SelectAll form={selects} name={name} />
      </th>
    );
  return (
    <th
      scope="col"
      aria-sort={sorted}
      // On a narrow screen only the links remain: each cell has its own name there.
      className={`py-2 pe-4 text-start font-medium text-muted last:pe-0 aria-[sort]:text-ink ${href ? "" : "max-md:hidden"}`}
    >
      {href ? (
        <Link
          href={href}
          className="-my-2 inline-flex min-h-11 items-center gap-1 hover:text-ink md:min-h-10 print:min-h-0"
        >
          <span>{name}</span>
          <Icon className="size-3.5 shrink-0" aria-hidden="true" />
        </Link>
      ) : (
        <span className={isHidden ? "sr-only" : undefined}>{name}</span>
      )}
    </th>
  );
}

/** A checkbox that checks or unchecks those of all rows. It needs JavaScript, and without it is not there. */
function SelectAll({ form, name }: { form: string; name: string }) {
  return (
    <label
      data-name={name}
      className="needs-script -my-2 flex min-h-11 items-center gap-2 font-normal text-muted max-md:after:content-[attr(data-name)] md:min-h-10 print:hidden"
    >
      <input
        type="checkbox"
        aria-label={name}
        autoComplete="off"
        className="size-4"
        onChange={({ target: { checked } }) => {
          const controls = (document.getElementById(form) as HTMLFormElement | null)?.elements ?? [];
          for (const each of controls)
            if (each instanceof HTMLInputElement && each.type === "checkbox") each.checked = checked;
        }}
      />
    </label>
  );
}

/** A row of a table. */
export function Row({ children }: { children: ReactNode }) {
  return <tr className="relative break-inside-avoid max-md:block max-md:py-3">{children}</tr>;
}

type SelectProps = {
  /** The id of the form that the checkbox belongs to, and its field. */
  form: string;
  field: string;
  value: string;
  /** The accessible name, that of the row. */
  name: string;
};

/** A cell with a checkbox that selects its row. */
export function SelectCell({ form, field, value, name }: SelectProps) {
  return (
    <td className="align-middle max-md:absolute max-md:end-0 max-md:top-1 print:hidden">
      <label className="flex min-h-11 min-w-8 items-center max-md:justify-end md:min-h-8">
        <input type="checkbox" form={form} name={field} value={value} autoComplete="off" className="size-4" />
        <span className="sr-only">{name}</span>
      </label>
    </td>
  );
}

/** In place of a checkbox, for a row that cannot be selected. */
export function NoSelectCell() {
  return <td className="max-md:hidden print:hidden" />;
}

/** One long text must not take the width that words in other columns need. */
const BOUNDED = "md:max-w-64";

/** The first cell of a row, which names the row. */
export function RowHead({ children }: { children: ReactNode }) {
  return (
    <th
      scope="row"
      className="py-2.5 pe-4 text-start align-middle font-medium wrap-anywhere max-md:block max-md:py-0.5 max-md:pe-8"
    >
      <div className={BOUNDED}>{children}</div>
    </th>
  );
}

type CellProps = {
  /** The column's name, which stands before the cell on a narrow screen. */
  name: string;
  /** Whether the cell says nothing special, so that a narrow screen can leave it out. */
  isUsual?: boolean;
  children: ReactNode;
};

/** Another cell of a row. */
export function Cell({ name, isUsual, children }: CellProps) {
  return (
    <td
      data-name={name}
      className={`py-2.5 pe-4 align-middle wrap-anywhere last:pe-0 ${isUsual ? "text-muted max-md:hidden" : "max-md:flex"} max-md:gap-2 max-md:py-0.5 max-md:pe-0 max-md:before:w-20 max-md:before:shrink-0 max-md:before:text-muted max-md:before:content-[attr(data-name)]`}
    >
      <div className={`min-w-0 ${BOUNDED}`}>{children}</div>
    </td>
  );
}

/** A cell with a button, at the end of a row. */
export function ActCell({ children }: { children: ReactNode }) {
  return <td className="py-1.5 text-end align-middle max-md:block max-md:pt-2 max-md:text-start">{children}</td>;
}
