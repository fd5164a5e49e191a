import { ButtonLink } from "@/app/ui/link/button-link";
import { Logo } from "@/app/ui/logo";
import { PageFooter } from "@/app/ui/page-footer";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { version } from "@/package.json";
import { TheftIllustration } from "./theft-illustration";

export default async function FrontPage() {
  // Before `words`: the session has the language that the user chose.
  const { state } = await currentSession();
  const { t } = words();
  const promises = [
    [t("homePage.proof"), t("homePage.proofText")],
    [t("homePage.state"), t("homePage.stateText")],
    [t("homePage.out"), t("homePage.outText")],
  ];

  return (
    <main className="mx-auto flex min-h-dvh max-w-3xl flex-col justify-center gap-10 px-5 py-12">
      <Logo />
      <div className="flex flex-col gap-4">
        <h1 className="text-3xl font-semibold tracking-tight text-balance sm:text-4xl">{t("homePage.title")}</h1>
        <p className="max-w-prose text-lg text-muted">{t("homePage.lead")}</p>
      </div>
      <div className="flex gap-3">
        <ButtonLink href="/login">{t("homePage.logIn")}</ButtonLink>
        <ButtonLink href="/dashboard" kind="secondary">
          {t("homePage.dashboard")}
        </ButtonLink>
      </div>
      <ul className="grid grid-cols-1 gap-6 border-t border-line pt-8 sm:grid-cols-3">
        {promises.map(([title, text]) => (
          <li key={title}>
            <h2 className="font-medium">{title}</h2>
            <p className="mt-1 text-sm leading-5 text-muted">{text}</p>
          </li>
        ))}
      </ul>
      <TheftIllustration />
      <PageFooter version={state === "valid" ? version : undefined} />
    </main>
  );
}
