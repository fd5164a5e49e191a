"use client";

import { KeyRound, type LucideIcon, Mail, MapPinned, ShieldAlert, ShieldCheck, UserCog } from "lucide-react";
import { useEffect, useRef } from "react";
import { GuardedButton, useGuardedSubmit } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { useKeptFocus } from "@/app/ui/form/use-kept-focus";
import { Moment } from "@/app/ui/time/moment";
import { addressName } from "@/lib/http/address-name";
import { usePrivateWords } from "@/lib/i18n/react";
import type { PrivateWords } from "@/lib/i18n/words";
import type { Notice, NoticeKind } from "@/lib/ledger/notices";
import { isolated } from "@/lib/text/isolated";
import { askAgain, itWasMe, itWasNotMe } from "./actions";

const MINUTE = 60_000;

/** The maximum number of notices to show unfolded. */
const SHOWN = 3;

/** The maximum number of folded notices. The others follow once these are answered. */
const FOLDED = 20;

const ICONS: Record<NoticeKind, LucideIcon> = {
  failures: ShieldAlert,
  "log-in": KeyRound,
  "far-apart": MapPinned,
  copied: ShieldAlert,
  replayed: ShieldAlert,
  password: KeyRound,
  email: Mail,
  role: UserCog,
  factor: ShieldAlert,
  "recovery-code": KeyRound,
  "passkey-copied": ShieldAlert,
};

/** The events that the user has not answered yet: a question for each. Says so if there are none. */
export function AccountNotices({ initial }: { initial: Notice[] }) {
  const notices = useLive("/api/notices", initial);
  const { t } = usePrivateWords();
  const { submit } = useGuardedSubmit(askAgain, useToldAnswer());
  const list = useKeptFocus<HTMLElement>();
  const returning = useRef<string | null>(null);
  const [shown, folded] = [notices.slice(0, SHOWN), notices.slice(SHOWN)];

  const takeBack = ({ id, first }: Notice) => {
    const form = new FormData();
    form.set("id", id);
    form.set("first", first);
    returning.current = id;
    void submit(form);
  };
  // The pressed button, Undo, disappears.
  useEffect(() => {
    const question = returning.current && list.current?.querySelector(`[data-notice="${returning.current}"]`);
    if (!question) return;
    returning.current = null;
    const folded = question.closest("details");
    if (folded) folded.open = true;
    question.querySelector("button")?.focus();
  });
  const question = (notice: Notice) => <Question key={notice.id} notice={notice} undo={() => takeBack(notice)} />;

  if (notices.length === 0) {
    return (
      <p className="mb-5 flex items-center gap-2 text-sm text-good">
        <ShieldCheck className="size-5 shrink-0" aria-hidden="true" />
        {t("dashboard.nothingToAnswer")}
      </p>
    );
  }
  return (
    <section ref={list} aria-labelledby="notices" className="mb-5">
      <h2 id="notices" className="mb-2 font-semibold">
        {t("dashboard.wasThisYou")}
      </h2>
      <ul className={LIST}>{shown.map(question)}</ul>
      {folded.length > 0 && (
        <details className="mt-2">
          <summary className="w-fit cursor-pointer text-sm">
            {t("dashboard.moreNotices", { count: folded.length })}
          </summary>
          <ul className={`mt-2 ${LIST}`}>{folded.slice(0, FOLDED).map(question)}</ul>
          {folded.length > FOLDED && <p className="mt-2 text-sm text-muted">{t("dashboard.restFollows")}</p>}
        </details>
      )}
    </section>
  );
}

const LIST = "divide-y divide-line rounded-xl border border-brass/50 bg-surface";

function Question({ notice, undo }: { notice: Notice; undo: () => void }) {
  const { id, kind, at, browser, ipAddress, place } = notice;
  const words = usePrivateWords();
  const { t } = words;
  const Icon = ICONS[kind];
  const what = inWords(notice, words);
  // An administrator did it, so the question makes no sense.
  const isByOthers = kind === "role" || browser === null;
  const event = isolated(`${what}, ${words.moment(new Date(at), "seconds")}`);

  return (
    <li data-notice={id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <Icon className="size-5 shrink-0 text-brass" aria-hidden="true" />
      <p className="min-w-0 flex-1 basis-48">
        <span className="block font-medium">{what}</span>
        <span className="text-muted">
          <Moment at={new Date(at)} />
          {kind === "far-apart" && <span> · {browser}</span>}
          {ipAddress && <span> · {addressName(ipAddress, place?.name, words)}</span>}
        </span>
      </p>
      <div className="flex flex-wrap gap-2 max-sm:basis-full">
        <GuardedButton
          action={itWasMe}
          values={{ id }}
          undo={undo}
          label={t(isByOthers ? "dashboard.okNamed" : "dashboard.yesNamed", { event })}
        >
          {t(isByOthers ? "dashboard.ok" : "dashboard.yes")}
        </GuardedButton>
        {!isByOthers && (
          <GuardedButton action={itWasNotMe} kind="danger" values={{ id }} label={t("dashboard.noNamed", { event })}>
            {t("dashboard.no")}
          </GuardedButton>
        )}
      </div>
    </li>
  );
}

function inWords({ kind, count, browser, apart }: Notice, { t, duration }: PrivateWords): string {
  if (kind === "failures") return t("dashboard.failures", { count });
  if (kind === "log-in") return t("dashboard.newSignIn", { browser: browser ?? "" });
  if (kind === "far-apart") {
    const { kilometres = 0, minutes = 0 } = apart ?? {};
    return t("dashboard.farApart", { kilometres, length: duration(minutes * MINUTE) });
  }
  if (kind === "copied") return t("binding.copied", { browser: browser ?? "" });
  if (kind === "replayed") return t("binding.replayed", { browser: browser ?? "" });
  if (kind === "role") return t("dashboard.roleChanged");
  if (kind === "passkey-copied") return t("dashboard.passkeyCopied", { browser: browser ?? "" });
  return browser ? t(`dashboard.changed-${kind}`, { browser }) : t(`dashboard.changedByAdministrator-${kind}`);
}
