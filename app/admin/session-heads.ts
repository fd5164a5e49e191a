import { address } from "@/app/ui/link/pager";
import { describePlaces } from "@/lib/http/place";
import type { SelectedSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";

/** The heads of a table of sessions of one user. */
export function sessionHeads() {
  const { t } = words();
  return {
    select: { name: t("adminPage.selectAll"), selects: "selected" },
    device: { name: t("adminPage.device") },
    address: { name: t("adminPage.address") },
    since: { name: t("adminPage.loggedIn") },
    lastSeen: { name: t("adminPage.lastSeen") },
    act: { name: t("adminPage.actOn"), isHidden: true },
  };
}

/** The places of the addresses in a table of sessions. */
export function sessionPlaces(sessions: SelectedSession[]): Record<string, string> {
  return describePlaces(
    sessions.flatMap(({ firstAddress, lastAddress }) => [firstAddress, lastAddress]),
    words(),
  );
}

type Sort = {
  first: "newest" | "oldest";
  /** The other query parameters of the page. */
  kept: Record<string, string | undefined>;
};

/** The heads of the table of all users' sessions. The order of the log-ins can be turned round. */
export function allSessionHeads({ first, kept }: Sort) {
  const heads = sessionHeads();
  const isNewest = first === "newest";
  return {
    ...heads,
    user: { name: words().t("adminPage.user") },
    since: {
      ...heads.since,
      sorted: isNewest ? ("descending" as const) : ("ascending" as const),
      href: address("/admin/sessions", { ...kept, sort: isNewest ? "oldest" : null }),
    },
  };
}
