"use client";

import { KeyRound, LogOut, ShieldAlert, UserCog } from "lucide-react";
import type { ReactNode } from "react";
import { Isolated } from "@/app/ui/isolated";
import { addressName } from "@/lib/http/address-name";
import { browserName } from "@/lib/http/browser-name";
import { usePrivateWords } from "@/lib/i18n/react";
import type { PrivateWords } from "@/lib/i18n/words";
import type { Entry, FullEntry } from "@/lib/ledger/activity";
import { DOERS } from "@/lib/ledger/doers";

// The parts of an entry that all lists of activity show.

const ICONS = { "sign-ins": KeyRound, failures: ShieldAlert, endings: LogOut, changes: UserCog };

export function KindIcon({ kind }: Pick<Entry, "kind">) {
  const Icon = ICONS[kind];
  return (
    <Icon
      className={`mt-0.5 size-4.5 shrink-0 ${kind === "failures" ? "text-danger" : "text-muted"}`}
      aria-hidden="true"
    />
  );
}

/** The reason that an administrator gave, in quotation marks, on a line of its own. */
export function Note({ note }: Pick<Entry, "note">) {
  const { rich } = usePrivateWords();
  if (!note) return null;
  return (
    <span className="block wrap-anywhere">{rich("activity.note", { note: () => <Isolated>{note}</Isolated> })}</span>
  );
}

/** Who did it, by which browser, and from where, on a line of its own. */
export function Source({ entry }: { entry: Entry | FullEntry }) {
  const words = usePrivateWords();
  return (
    <span className="block text-muted wrap-anywhere">
      {words.rich("activity.whence", {
        who: () => doerOf(entry, words),
        browser: deviceOf(entry, words) ?? "none",
        address: placeOf(entry, words) ?? "none",
      })}
    </span>
  );
}

/** The browser and system; null if unknown or not shown. */
export function deviceOf({ browser, system }: Entry | FullEntry, words: PrivateWords): string | null {
  return browser && browserName({ browser, system }, words);
}

/** The address and its place; null if unknown or not shown. */
export function placeOf({ address, place }: Entry | FullEntry, words: PrivateWords): string | null {
  return address && addressName(address, place, words);
}

/** Who did it. Only administrators see which user. */
export function doerOf(entry: Entry | FullEntry, { t, rich }: PrivateWords): ReactNode {
  const isOther = "user" in entry && entry.byUserId && entry.by !== "the user";
  return isOther ? rich("activity.by-user", { name: () => <Isolated>{entry.byUser}</Isolated> }) : t(DOERS[entry.by]);
}
