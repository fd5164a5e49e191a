import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Logo } from "@/app/ui/logo";
import { PageFooter } from "@/app/ui/page-footer";
import { Moment } from "@/app/ui/time/moment";
import { keptMails } from "@/lib/mail/outbox";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { version } from "@/package.json";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("outboxPage.title") };
}

/** The emails of a trial installation, which has no mail server. Otherwise this page is a 404. */
export default async function OutboxPage() {
  const mails = await keptMails();
  if (!mails) notFound();
  // Before `words`: the session has the language that the user chose.
  const { state } = await currentSession();
  const { t, rich } = words();

  return (
    <main className="mx-auto flex max-w-3xl flex-col gap-5 px-5 py-8">
      <TextLink href="/" className="self-start no-underline">
        <Logo />
      </TextLink>
      <h1 className="text-2xl font-semibold tracking-tight">{t("outboxPage.title")}</h1>
      <p className="text-muted">{rich("outboxPage.trial", { code: (parts) => <code>{parts}</code> })}</p>
      {mails.length === 0 && (
        <p className="rounded-xl border border-line bg-surface p-6 text-muted">
          {rich("outboxPage.empty", {
            create: (parts) => <TextLink href="/signup">{parts}</TextLink>,
            forget: (parts) => <TextLink href="/forgot-password">{parts}</TextLink>,
          })}
        </p>
      )}
      {mails.map(({ id, to, subject, at, text }, index) => (
        <details key={id} open={index === 0} className="rounded-xl border border-line bg-surface">
          <summary className="cursor-pointer p-5">
            <span className="font-medium">{subject}</span>
            <span className="block text-sm text-muted wrap-anywhere">
              {rich("outboxPage.to", { email: () => <Isolated>{to}</Isolated>, time: () => <Moment at={at} /> })}
            </span>
          </summary>
          <div className="border-t border-line p-5">
            <p className="text-sm leading-6 whitespace-pre-wrap wrap-anywhere">
              <WithLinks text={text} />
            </p>
            <p className="mt-4 flex gap-4 text-sm">
              <a href={`/outbox/${id}/html`} className="text-muted underline underline-offset-4 hover:text-ink">
                {t("outboxPage.html")}
              </a>
              <a href={`/outbox/${id}/file`} className="text-muted underline underline-offset-4 hover:text-ink">
                {t("outboxPage.file")}
              </a>
            </p>
          </div>
        </details>
      ))}
      <PageFooter version={state === "valid" ? version : undefined} />
    </main>
  );
}

function WithLinks({ text }: { text: string }) {
  return text.split(/(https?:\/\/\S+)/).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <a key={part} href={part} className="underline underline-offset-4">
        {part}
      </a>
    ),
  );
}
