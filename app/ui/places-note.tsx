import { sourceOfPlaces } from "@/lib/http/place";
import { words } from "@/lib/words";

/** For the end of pages with addresses: says how far to trust their places, and names the source if it has to be named. */
export function PlacesNote() {
  const source = sourceOfPlaces();
  if (!source) return null;
  const { t } = words();
  return (
    <p className="mt-5 text-sm text-muted">
      {t("place.hint")}
      {source !== "unnamed" && (
        <>
          {" "}
          <a href={source.url} lang="en" rel="noreferrer" className="underline underline-offset-4 print:no-underline">
            {source.name}
          </a>
        </>
      )}
    </p>
  );
}
