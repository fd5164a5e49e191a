import { ANYTHING, HANDLES, MOMENT, RANGE, type Rule, USER_ID } from "@/lib/forms/fields";
import { browserName } from "@/lib/http/browser-name";
import { sessionStore } from "@/lib/session/store";
import type { SelectedSession, Selection } from "@/lib/session/store/contract";
import { words } from "@/lib/words";

/**
 * Which sessions an administrator means to end, as in a form or a query. An empty value is no condition. `only` is
 * "handles" if just those sessions are meant, even if there are none; `handle` has them, with spaces in between.
 */
export type Meant = { only: string; handle: string; user: string; address: string; before: string; bound: string };

/** What an administrator confirms before sessions end. Their confirmation covers exactly this. */
export type Question = {
  title: string;
  meant: Meant;
  sessions: number;
  people: number;
  /** The time of the question, as ISO 8601. Sessions started later are not included. */
  until: string;
};

/** The rule of the filter by device binding. An empty value means bound and unbound sessions. */
export const BOUND: Rule = {
  accept: (text) => (["", "yes", "no"].includes(text) ? text : null),
  message: () => ["fields.act"],
};

/** The rules of a form's selection. An invalid value is an error, so that it never selects all sessions. */
export const MEANT: Record<keyof Meant, Rule> = {
  only: { accept: (text) => (text === "handles" || text === "" ? text : null), message: () => ["fields.act"] },
  handle: orNothing(HANDLES),
  user: orNothing(USER_ID),
  address: RANGE,
  before: MOMENT,
  bound: BOUND,
};

/** The rules of a form's confirmation. */
export const CONFIRMED: Record<"until" | "sessions" | "number", Rule> = {
  // Unlike the optional MOMENT in a selection, this must have a value.
  until: { ...MOMENT, accept: (text) => MOMENT.accept(text) || null },
  sessions: { accept: (text) => (/^\d{1,9}$/.test(text) ? text : null), message: () => ["fields.tooLong"] },
  number: ANYTHING,
};

/** Whether an administrator has selected none of the sessions in a table. */
export function isNone({ only, handle }: Meant): boolean {
  return only !== "" && handle === "";
}

/** One error for all invalid values in hidden fields, or the error of the form itself. */
export function unreadable(errors: Partial<Record<string, string>>): string | undefined {
  const names: string[] = [...Object.keys(MEANT), "until", "sessions"];
  return names.some((name) => errors[name]) ? words().t("adminActions.unclear") : errors.form;
}

/** Whether a value of the filter means bound sessions; undefined for both kinds. */
export function boundIn(value: string): boolean | undefined {
  return value === "" ? undefined : value === "yes";
}

/** The selection for the store. A selection of several sessions never includes the administrator's own. */
export function selectionOf({ only, handle, user, address, before, bound }: Meant, own: string): Selection {
  const handles = handle.split(" ").filter(Boolean);
  if (only || handle) return { handles: handles.length > 1 ? handles.filter((each) => each !== own) : handles };
  return {
    except: own,
    ...(user && { userId: user }),
    ...(address && { address }),
    ...(before && { before: new Date(before) }),
    bound: boundIn(bound),
  };
}

/** The question about the sessions that are selected now. Throws an Outage. */
export async function ask(meant: Meant, own: string): Promise<Question> {
  const selection = selectionOf(meant, own);
  const { sessions, people, until } = await sessionStore().measure(selection);
  const { sessions: shown } = await sessionStore().search(selection, null, 1);
  return { title: titleOf({ sessions, people }, meant, shown[0]), meant, sessions, people, until: until.toISOString() };
}

type Shown = SelectedSession;

function titleOf({ sessions, people }: { sessions: number; people: number }, meant: Meant, first?: Shown): string {
  const { t } = words();
  if (sessions === 0 || !first) return t("adminActions.endNone");
  const { email } = first;
  if (meant.handle && sessions === 1) return t("adminActions.endOne", { browser: browserName(first, words()), email });
  return people === 1
    ? t("adminActions.endOfUser", { sessions, email })
    : t("adminActions.endOfUsers", { sessions, people });
}

function orNothing(rule: Rule): Rule {
  return { ...rule, accept: (text) => (text === "" ? "" : rule.accept(text)) };
}
