import { words } from "@/lib/words";

const CHIP = "animate-appear rounded-lg border px-2 py-0.5 text-sm font-medium tabular-nums";
const ACCEPTED = `${CHIP} border-good/30 bg-good-ground text-good`;
const REFUSED = `${CHIP} border-danger/30 bg-danger-ground text-danger`;

/**
 * What becomes of a stolen cookie, as a drawing that appears step by step within four seconds. The page
 * "How your session works" shows it with a real session: this one is public, so it starts none.
 */
export function TheftIllustration() {
  const { t, rich } = words();

  return (
    <figure aria-labelledby="theft" className="border-t border-line pt-8">
      <h2 id="theft" className="font-medium">
        {t("homePage.theft")}
      </h2>
      <ol className="mt-3 grid grid-cols-1 gap-6 sm:grid-cols-3">
        <li>
          <div className="flex gap-1.5" dir="ltr">
            <code className={`${ACCEPTED} [animation-delay:0.4s]`}>200</code>
            <code className={`${ACCEPTED} [animation-delay:0.9s]`}>200</code>
            <code className={`${ACCEPTED} [animation-delay:1.4s]`}>200</code>
          </div>
          <Text>{t("homePage.theftUsed")}</Text>
        </li>
        <li>
          <div className="flex">
            <span className={`${CHIP} border-line bg-surface [animation-delay:2.2s]`}>{t("homePage.theftButton")}</span>
          </div>
          <Text>{t("homePage.theftOut")}</Text>
        </li>
        <li>
          <div className="flex gap-1.5" dir="ltr">
            <code className={`${REFUSED} [animation-delay:3s]`}>401</code>
            <code className={`${REFUSED} [animation-delay:3.5s]`}>401</code>
          </div>
          <Text>{t("homePage.theftRefused")}</Text>
        </li>
      </ol>
      <figcaption className="mt-4 text-sm text-muted">
        {rich("homePage.theftCaption", {
          link: (parts) => (
            // A full load: only the browser itself keeps the fragment on the way over the log-in page.
            <a href="/dashboard/how-it-works#copy" className="font-medium text-ink underline underline-offset-4">
              {parts}
            </a>
          ),
        })}
      </figcaption>
    </figure>
  );
}

function Text({ children }: { children: string }) {
  return <p className="mt-2 text-sm leading-5 text-muted">{children}</p>;
}
