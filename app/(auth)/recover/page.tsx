import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Notice } from "@/app/ui/form/notice";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { Moment } from "@/app/ui/time/moment";
import { secondStepHere } from "@/lib/auth/second-factor/second-step";
import { env } from "@/lib/env";
import { requestContext } from "@/lib/request-context";
import { findOneTimeToken, kindOf, lifetimeOf, tokenIn } from "@/lib/users/one-time-tokens";
import { BARRED, isInDispute } from "@/lib/users/recoveries";
import { words } from "@/lib/words";
import { AskForm, FinishForm, StartForm, StopForm, StopWithCodeForm } from "./recover-forms";

export function generateMetadata(): Metadata {
  return { title: words().t("recoverPage.title") };
}

/**
 * For users who have lost every second factor. Without a link, a log-in here must be waiting for its second step. With
 * `stop` in the address, it is for those who still have a code, and stops what a thief has started.
 * Opening a link does not use it up, because mail scanners open every link.
 */
export default async function RecoverPage({ searchParams }: PageProps<"/recover">) {
  const query = await searchParams;
  const { justDone } = requestContext();
  if (justDone === "started" || justDone === "stopped") return <Done isStarted={justDone === "started"} />;
  if (justDone === "stopped-by-code") return <DoneByCode />;
  if ("stop" in query) return <StopWithCode />;
  if (query.token === undefined) return <Ask />;

  const token = tokenIn(query.token);
  const link = token && (await findOneTimeToken(token, "confirm-recovery", "cancel-recovery", "finish-recovery"));
  const { t, rich, duration } = words();
  if (!token || !link) return <SpentLink isWhole={token !== null} again="/login" label={t("recoverPage.again")} />;

  const of = { email: () => <Email address={link.email} /> };
  switch (kindOf(link)) {
    case "confirm-recovery":
      return (
        <Screen title={t("recoverPage.confirmTitle")}>
          <p className="text-muted">
            {rich("recoverPage.confirmAbout", { ...of, length: duration(env().SECOND_FACTOR_RECOVERY_DELAY) })}
          </p>
          <StartForm token={token} />
        </Screen>
      );
    case "cancel-recovery":
      return (
        <Screen title={t("recoverPage.cancelTitle")}>
          <p className="text-muted">
            {rich(
              link.userId && (await isInDispute(link.userId))
                ? "recoverPage.cancelDisputed"
                : "recoverPage.cancelAbout",
              of,
            )}
          </p>
          <StopForm token={token} />
        </Screen>
      );
    default:
      return (
        <Screen title={t("recoverPage.finishTitle")}>
          <p className="text-muted">{rich("recoverPage.finishAbout", of)}</p>
          <FinishForm token={token} email={link.email} />
        </Screen>
      );
  }
}

function Done({ isStarted }: { isStarted: boolean }) {
  const { t, rich } = words();

  return (
    <Screen title={t("recoverPage.title")}>
      <Notice kind="done">
        {isStarted ? (
          t("recover.started")
        ) : (
          <>
            {t("recover.stopped")}{" "}
            {rich("recover.stoppedWarning", { link: (parts) => <TextLink href="/forgot-password">{parts}</TextLink> })}
          </>
        )}
      </Notice>
    </Screen>
  );
}

function DoneByCode() {
  const { t, duration } = words();

  return (
    <Screen title={t("recoverPage.title")}>
      <Notice kind="done">
        {t("recover.stopped")} {t("recover.stoppedByCode", { length: duration(BARRED) })}
      </Notice>
    </Screen>
  );
}

function StopWithCode() {
  const { t, rich } = words();

  return (
    <Screen title={t("recoverPage.stopTitle")}>
      <p className="text-muted">{t("recoverPage.stopAbout")}</p>
      <StopWithCodeForm />
      <p className="text-sm text-muted">
        {rich("recoverPage.stopByPasskey", { link: (parts) => <TextLink href="/login">{parts}</TextLink> })}
      </p>
    </Screen>
  );
}

async function Ask() {
  const half = await secondStepHere();
  if (!half) redirect("/login");
  const { t, rich, duration } = words();
  const length = duration(env().SECOND_FACTOR_RECOVERY_DELAY);
  const { recovery } = half;
  // Before that, the next sweep emails it.
  const isLast = recovery?.sentAt != null;

  return (
    <Screen title={t("recoverPage.title")}>
      {recovery ? (
        <Notice kind="problem">
          {rich("recover.underWayAlready", { time: () => <Moment at={recovery.dueAt} /> })}
        </Notice>
      ) : (
        <>
          <p className="text-muted">{rich("recoverPage.about", { email: () => <Email address={half.email} /> })}</p>
          <ol className="flex list-decimal flex-col gap-2 ps-5 text-sm">
            <li>{t("recoverPage.step1")}</li>
            <li>{t("recoverPage.step2", { length })}</li>
            <li>{t("recoverPage.step3")}</li>
          </ol>
        </>
      )}
      {(!recovery || isLast) && (
        <AskForm isLast={isLast} lifetime={lifetimeOf(isLast ? "finish-recovery" : "confirm-recovery")} />
      )}
      <p className="text-sm">
        <TextLink href="/login/verify">{t("recoverPage.back")}</TextLink>
      </p>
    </Screen>
  );
}

function Email({ address }: { address: string }) {
  return (
    <span className="font-medium text-ink wrap-anywhere">
      <Isolated>{address}</Isolated>
    </span>
  );
}
