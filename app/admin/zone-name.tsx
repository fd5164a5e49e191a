import { words } from "@/lib/words";

/** The reader's time zone, in which dates and times in forms count. UTC if it is unknown. */
export function ZoneName() {
  return <bdi>{words().timeZone?.replaceAll("_", " ") ?? "UTC"}</bdi>;
}
