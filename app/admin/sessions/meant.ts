import { ANYTHING, HANDLE, MOMENT, RANGE, type Rule, USER_ID } from "@/lib/forms/fields";
import { browserName } from "@/lib/http/browser-name";
import { sessionStore } from "@/lib/session/store";
import type { SelectedSession, Selection } from "@/lib/session/store/contract";
import { words } from "@/lib/words";

/** Which sessions an administrator means to end, as a form or an address says it; empty for what does not matter. */
export type Meant = { handle: string; user: string; address: string; before: string };

/** What somebody is asked before sessions are ended. What they confirm is that, and no more. */
export type Question = {
  title: string;
  meant: Meant;
  sessions: number;
  people: number;
  /** The moment up to which sessions are meant, as ISO 8601. */
  until: string;
};

/** How a form names the sessions that are meant. A name that is not one means nobody, and not everybody. */
export const MEANT: Record<keyof Meant, Rule> = {
  handle: orNothing(HANDLE),
  user: orNothing(USER_ID),
  address: RANGE,
  before: MOMENT,
};

/** How a form says what was confirmed. */
export const CONFIRMED: Record<"until" | "sessions" | "number", Rule> = {
  // What was confirmed had its moment, unlike what is meant.
  until: { ...MOMENT, accept: (text) => MOMENT.accept(text) || null },
  sessions: { accept: (text) => (/^\d{1,9}$/.test(text) ? text : null), message: () => ["fields.tooLong"] },
  number: ANYTHING,
};

/** Everything that is wrong with what no person typed, in one sentence. */
export function unreadable(errors: Partial<Record<string, string>>): string | undefined {
  const names: string[] = [...Object.keys(MEANT), "until", "sessions"];
  return names.some((name) => errors[name]) ? "It is not clear which sessions are meant. Start again." : errors.form;
}

/** The sessions that are meant. Of several, the administrator's own is never one. */
export function selectionOf({ handle, user, address, before }: Meant, own: string): Selection {
  if (handle) return { handle };
  return {
    except: own,
    ...(user && { userId: user }),
    ...(address && { address }),
    ...(before && { before: new Date(before) }),
  };
}

/** What there is to ask about the sessions that are meant, now. Throws an Outage. */
export async function ask(meant: Meant, own: string): Promise<Question> {
  const selection = selectionOf(meant, own);
  const { sessions, people, until } = await sessionStore().measure(selection);
  const { sessions: shown } = await sessionStore().search(selection, null, 1);
  return { title: titleOf({ sessions, people }, meant, shown[0]), meant, sessions, people, until: until.toISOString() };
}

type Shown = SelectedSession;

function titleOf({ sessions, people }: { sessions: number; people: number }, meant: Meant, first?: Shown): string {
  if (sessions === 0 || !first) return "No sessions to log out";
  if (meant.handle) return `Log out ${browserName(first, words())} of ${first.email}`;
  return `Log out ${counted(sessions, "session", "sessions")} of ${people === 1 ? first.email : counted(people, "person", "people")}`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function orNothing(rule: Rule): Rule {
  return { ...rule, accept: (text) => (text === "" ? "" : rule.accept(text)) };
}
