"use client";

import { Cloud, KeyRound, Plus, Smartphone } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { GuardedButton, useGuardedSubmit } from "@/app/(account)/session-guard/guarded-form";
import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { useLive } from "@/app/(account)/session-guard/use-live";
import type { Known } from "@/app/(auth)/passkeys/ceremony";
import { canUsePasskeys, loadCeremony } from "@/app/(auth)/passkeys/load-ceremony";
import { Button } from "@/app/ui/button";
import { Fact } from "@/app/ui/fact";
import { INPUT } from "@/app/ui/form/input-look";
import { isComposing } from "@/app/ui/form/keys";
import { Notice } from "@/app/ui/form/notice";
import { explainFailure } from "@/app/ui/form/send-form";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { useKeptFocus } from "@/app/ui/form/use-kept-focus";
import { Isolated } from "@/app/ui/isolated";
import { Progress } from "@/app/ui/link/progress";
import { TextLink } from "@/app/ui/link/text-link";
import { Relative } from "@/app/ui/time/relative";
import type { CreationOptions } from "@/lib/auth/passkeys/ceremonies";
import type { ShownPasskey, ShownPasskeys } from "@/lib/auth/passkeys/show";
import { addressName } from "@/lib/http/address-name";
import { usePrivateWords } from "@/lib/i18n/react";
import { isolated } from "@/lib/text/isolated";
import { addPasskey, type PasskeyState, removePasskey, renamePasskey, startPasskey } from "./passkey-actions";

type Props = {
  initial: ShownPasskeys;
  hasCodes: boolean;
  /** Whose passkeys they are, as password managers know it. */
  owner: Pick<Known, "rpId" | "userHandle">;
  /** Texts that only this page has. */
  texts: { none: string; unsupported: string };
};

/** The passkeys, as they are now, with buttons to add, rename and remove one. */
export function PasskeyList({ initial, hasCodes, owner, texts }: Props) {
  const { t, rich } = usePrivateWords();
  const { passkeys, now } = useLive("/api/passkeys", initial);
  const list = useKeptFocus<HTMLUListElement>();
  useToldPasswordManagers(owner, passkeys);

  return (
    <div className="flex flex-col items-start gap-4">
      {passkeys.length === 0 && <p className="text-sm">{texts.none}</p>}
      <ul ref={list} className="w-full divide-y divide-line empty:hidden">
        {passkeys.map((passkey) => (
          <Row key={passkey.id} passkey={passkey} now={now} />
        ))}
      </ul>
      {passkeys.length === 1 && !hasCodes && (
        <div className="w-full rounded-lg border border-brass/50 bg-surface p-3 text-sm">
          {rich("passkey.secondOrCodes", {
            codes: (parts) => <TextLink href="#recovery-codes">{parts}</TextLink>,
          })}
        </div>
      )}
      <AddPasskey unsupported={texts.unsupported}>{t("passkey.add")}</AddPasskey>
    </div>
  );
}

function Row({ passkey, now }: { passkey: ShownPasskey; now: string }) {
  const words = usePrivateWords();
  const { t } = words;
  const { id, name, synced, browser, address, place, createdAt, lastUsedAt } = passkey;
  const Icon = synced ? Cloud : Smartphone;
  const named = { name: isolated(name) };
  const from = { browser, known: address ? "yes" : "no", address: addressName(address ?? "", place?.name, words) };

  return (
    <li className="flex flex-col gap-3 py-4 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <KeyRound className="mt-0.5 size-5 shrink-0 text-muted" aria-hidden="true" />
        <div className="min-w-0 flex-1 basis-40">
          <h3 className="text-sm/5 font-semibold wrap-anywhere">
            <Isolated>{name}</Isolated>
          </h3>
          <p className="flex items-center gap-1.5 text-sm text-muted">
            <Icon className="size-4 shrink-0" aria-hidden="true" />
            {t(synced ? "passkey.synced" : "passkey.bound")}
          </p>
        </div>
        <Removal id={id} name={name} />
      </div>
      <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-2 sm:ps-8">
        <Fact name={t("passkey.added")}>
          <Relative at={createdAt} now={now} />
          <span className="block text-muted">{t("passkey.from", from)}</span>
        </Fact>
        <Fact name={t("passkey.lastUsed")}>
          {lastUsedAt ? <Relative at={lastUsedAt} now={now} /> : t("passkey.neverUsed")}
        </Fact>
      </dl>
      <Name id={id} name={name} label={t("passkey.name", named)} />
    </li>
  );
}

function Removal({ id, name }: { id: string; name: string }) {
  const { t } = usePrivateWords();
  return (
    <GuardedButton
      action={removePasskey}
      values={{ id }}
      kind="danger"
      label={t("passkey.removeNamed", { name: isolated(name) })}
    >
      {t("passkey.remove")}
    </GuardedButton>
  );
}

function Name({ id, name, label }: { id: string; name: string; label: string }) {
  const { t } = usePrivateWords();
  const { onSubmit, isPending } = useGuardedSubmit(renamePasskey, useToldAnswer());
  const plainAction: (form: FormData) => void = renamePasskey;
  const button = useFocusBack(isPending);

  return (
    <form
      action={plainAction}
      onSubmit={onSubmit}
      className="flex min-w-0 gap-2 sm:ps-8"
      onKeyDown={(event) => {
        // An Enter that ends an IME composition must not send the form.
        if (event.key === "Enter" && isComposing(event.nativeEvent)) event.preventDefault();
      }}
    >
      <input type="hidden" name="id" value={id} />
      <input
        key={name}
        name="name"
        aria-label={label}
        autoComplete="off"
        defaultValue={name}
        className={`${INPUT} min-w-0 max-w-72`}
      />
      <Button
        ref={button}
        type="submit"
        kind="secondary"
        className="shrink-0"
        disabled={isPending}
        aria-label={t("passkey.saveNamed", { name: isolated(name) })}
      >
        {t("passkey.save")}
      </Button>
      {isPending && <Progress />}
    </form>
  );
}

/** Makes a passkey in the browser and sends it to the server, after the user has confirmed who they are. */
function AddPasskey({ unsupported, children }: { unsupported: string; children: string }) {
  const { t } = usePrivateWords();
  // Null until the script runs: without one there is nothing to press.
  const [canAdd, setCanAdd] = useState<boolean | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isMaking, setIsMaking] = useState(false);
  const tell = useToldAnswer();
  const adding = useGuardedSubmit<PasskeyState>(addPasskey, show);
  const starting = useGuardedSubmit<PasskeyState>(startPasskey, (answer) => {
    if (answer?.options) void make(answer.options);
    else show(answer);
  });
  const isPending = starting.isPending || isMaking || adding.isPending;
  const button = useFocusBack(isPending);
  useEffect(() => setCanAdd(canUsePasskeys()), []);

  function show(answer: PasskeyState | undefined) {
    setProblem(answer?.errors?.form ?? null);
    if (!answer?.errors) tell(answer);
  }

  /** Between two actions: the user may look for the device for minutes, and the session may expire meanwhile. */
  async function make(options: CreationOptions) {
    setIsMaking(true);
    const made = loadCeremony().then(({ makePasskey }) => makePasskey(options));
    const done = await made.catch((error) => ({ failed: explainFailure<PasskeyState>(error) }));
    setIsMaking(false);
    if ("failed" in done) return show(done.failed);
    if ("hasOne" in done) return show({ errors: { form: t("passkey.hasOne") } });
    if (!("answer" in done)) return show({ errors: { form: t("passkey.notMade") } });
    const form = new FormData();
    form.set("answer", done.answer);
    await adding.submit(form);
  }

  if (canAdd === null) return null;
  if (!canAdd) return <p className="text-sm text-muted">{unsupported}</p>;
  return (
    <>
      {problem && <Notice kind="problem">{problem}</Notice>}
      <Button
        ref={button}
        type="button"
        kind="secondary"
        disabled={isPending}
        onClick={() => starting.submit(new FormData())}
      >
        <Plus className="size-4" aria-hidden="true" />
        <span>{isPending ? t("passkey.adding") : children}</span>
      </Button>
      {isPending && <Progress />}
      {starting.dialog}
      {adding.dialog}
    </>
  );
}

/** Tells password managers which passkeys are left and what the account is called, whenever that changes. */
function useToldPasswordManagers(owner: Props["owner"], passkeys: ShownPasskey[]): void {
  const { person } = useLiveSession();
  const { email, name } = person;
  const ids = passkeys.map(({ id }) => id).join(" ");
  const latest = useRef(owner);
  latest.current = owner;

  // biome-ignore lint/correctness/useExhaustiveDependencies: when the passkeys change, password managers hear of it
  useEffect(() => {
    const tell = async () => {
      // Asked anew: this page may be older than a passkey that was added elsewhere, which would then be hidden.
      const answer = await fetch("/api/passkeys", { cache: "no-store" });
      if (!answer.ok) return;
      const { passkeys }: ShownPasskeys = await answer.json();
      const { tellPasswordManagers } = await loadCeremony();
      await tellPasswordManagers({ ...latest.current, ids: passkeys.map(({ id }) => id), email, name });
    };
    // Without a network the next page tells them.
    if (canUsePasskeys()) tell().catch(() => {});
  }, [ids, email, name]);
}
