import { offeredZone } from "@/lib/i18n/zones";
import { keptStatus } from "@/lib/request-context";
import { currentSession, sayingOnce } from "@/lib/session/current";
import { mustEnrol } from "@/lib/session/policy";
import { setTimeZone } from "@/lib/users/store";

/**
 * Changes the time zone of the account, if there is a session. A plain form posts here, because every
 * time on the page changes, so it has to be loaded anew. An unknown zone counts as none.
 */
export async function POST(request: Request): Promise<Response> {
  const forgetOutage = keptStatus();
  const status = await currentSession();
  if (status.state !== "valid" || mustEnrol(status)) {
    // The page itself leads to the log-in page, or says that the database is unavailable.
    forgetOutage();
    return seeOther("/account");
  }

  const form = new URLSearchParams(await request.text());
  const isStored = await setTimeZone(status.user.id, offeredZone(form.get("time-zone")));
  forgetOutage();
  return seeOther(isStored ? await sayingOnce("/account", "time-zone-saved") : "/account");
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location } });
}
