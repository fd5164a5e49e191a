"use client";

import type { Person } from "@/app/(account)/session-guard/session-client";
import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { Avatar } from "@/app/ui/avatar";
import { Isolated } from "@/app/ui/isolated";
import { Link } from "@/app/ui/link/link";
import { usePrivateWords } from "@/lib/i18n/react";

const ID = "person";
const ITEM = "flex min-h-11 items-center rounded-lg px-3 text-sm hover:bg-sunken sm:min-h-10";

/** The avatar of the user. It opens the panel, which browsers do by themselves. */
export function PersonButton({ person }: { person: Person }) {
  const { t } = usePrivateWords();

  return (
    <button
      type="button"
      popoverTarget={ID}
      className="flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-full hover:bg-sunken sm:min-h-10 sm:min-w-10 lg:pe-3"
    >
      <Avatar person={person} />
      <span className="sr-only">{t("frame.personMenu")} </span>
      <span className="max-w-38 truncate text-sm text-muted max-lg:sr-only">
        <Isolated>{person.email}</Isolated>
      </span>
    </button>
  );
}

/** Says who is logged in, and leads to what belongs to them. */
export function PersonPanel() {
  const { person } = useLiveSession();
  const { t } = usePrivateWords();
  const close = () => document.getElementById(ID)?.hidePopover?.();

  return (
    <div
      id={ID}
      popover="auto"
      className="absolute start-auto end-[max(1.25rem,(100vw-64rem)/2+1.25rem)] top-15 m-0 w-64 max-w-[calc(100vw-2.5rem)] rounded-xl border border-line bg-surface p-2 text-ink shadow-lg"
    >
      {/* Generated, because the page says both already: it should not say them twice to a search or a screen reader. */}
      <p
        data-name={person.name}
        data-email={person.email}
        className="border-b border-line px-3 pt-1 pb-3 text-sm wrap-anywhere before:block before:font-medium before:content-[attr(data-name)] after:text-muted after:content-[attr(data-email)]"
      />
      <nav aria-label={t("frame.person")} className="pt-2">
        <Link href="/account" className={ITEM} onClick={close}>
          {t("frame.accountSettings")}
        </Link>
        <Link href="/account#password" className={ITEM} onClick={close}>
          {t("frame.changePassword")}
        </Link>
        <Link href="/sessions#others" className={ITEM} onClick={close}>
          {t("frame.signOutOthers")}
        </Link>
        <Link href="/sessions/phone" className={ITEM} onClick={close}>
          {t("frame.phone")}
        </Link>
      </nav>
    </div>
  );
}
