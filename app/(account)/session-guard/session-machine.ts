// What a page knows about its session, and what it shows: pure rules, without a browser.
// session-guard.tsx reports what happens, and acts on the result.

import type { Answer, Lapse, Person } from "./session-client";
import type { Times } from "./times";

/** How long before the idle timeout the page warns, in milliseconds. WCAG 2.2.1 requires at least 20 seconds. */
const WARNING = 2 * 60_000;

type View =
  | { kind: "live" }
  /** The idle timeout is near: the page asks whether the user is still there. */
  | { kind: "warned" }
  /** The session has ended, and the page does not know why yet. */
  | { kind: "covered" }
  /** The session has expired: the same user is probably still there, and can log in again over the page. */
  | { kind: "lapsed"; lapse: Lapse }
  /** The session goes on, but not in this browser: it has to show by a password who uses it. */
  | { kind: "unproven" }
  /** The session has certainly ended: the browser leaves the page. */
  | { kind: "over" };

/** What the page shows after a check of the session, or "unknown" if the server did not say. */
export type Known = View["kind"] | "unknown";

export type State = {
  view: View;
  times: Times;
  person: Person;
  publicComputer: boolean;
  /** Whether one response said that the session has ended. The browser leaves the page only after a second one. */
  isDoubted: boolean;
  /** The moment of the latest event that the page has taken into account. */
  knownAt: number;
};

/** What the server rendered the page with. */
type Rendered = Pick<State, "times" | "person" | "publicComputer">;

/** Something that happened at a moment. Moments are counted, not measured. */
export type SessionEvent = { at: number } & (
  | ({ type: "rendered" } & Rendered)
  /** The user used the session, or logged in again. */
  | { type: "used"; times: Times }
  /** The stream says that the session has ended, but not why. */
  | { type: "ended" }
  /** The response to a check that was sent at the moment `at`. `now` is the server's time in milliseconds. */
  | { type: "answered"; answer: Answer; isSecond: boolean; isActing: boolean; now: number }
);

export function begin(rendered: Rendered): State {
  return { ...rendered, view: { kind: "live" }, isDoubted: false, knownAt: 0 };
}

export function next(state: State, event: SessionEvent): State {
  // Responses can arrive out of order: this one is outdated.
  if (event.at < state.knownAt || state.view.kind === "over") return state;

  switch (event.type) {
    case "rendered":
      return lives({ ...state, person: event.person, publicComputer: event.publicComputer }, event);
    case "used":
      return lives(state, event);
    case "ended":
      return covered(state, event);
    case "answered":
      return answered(state, event);
  }
}

function answered(state: State, event: Extract<SessionEvent, { type: "answered" }>): State {
  const { answer, isSecond, isActing } = event;

  if (answer.state === "unknown") {
    // The warning must come even when the server cannot be reached.
    const isWarned = state.view.kind === "live" && isNear(state.times, event.now);
    return isWarned ? { ...state, view: { kind: "warned" } } : state;
  }
  if (answer.state === "live" && answer.person.id === state.person.id)
    return lives({ ...state, person: answer.person }, { at: event.at, times: answer.times });

  // On a public computer the next person is probably another user. Elsewhere it does not matter which check says so: an
  // action may renew the cookie during the first one, which then knows of no session.
  if (answer.state === "lapsed" && !state.publicComputer)
    return { ...state, view: { kind: "lapsed", lapse: answer.lapse }, isDoubted: false, knownAt: event.at };
  // The first response may come while the browser only could not reach the server to prove the session.
  if (isSecond && answer.state === "unproven")
    return { ...state, view: { kind: "unproven" }, isDoubted: false, knownAt: event.at };
  // An action of this page may have ended the session: it redirects by itself.
  if (isSecond && !isActing) return { ...state, view: { kind: "over" }, isDoubted: false, knownAt: event.at };
  // This page's own action may be about to receive a new cookie.
  if (isActing && !isSecond) return { ...state, isDoubted: true, knownAt: event.at };
  return { ...covered(state, event), isDoubted: true };
}

function lives(state: State, { at, times }: { at: number; times: Times }): State {
  const view: View = { kind: isNear(times, Date.parse(times.now)) ? "warned" : "live" };
  return { ...state, times, view, isDoubted: false, knownAt: at };
}

/** Covers the page. A form to log in again stays, with everything typed in it. */
function covered(state: State, { at }: { at: number }): State {
  const isAsking = state.view.kind === "lapsed" || state.view.kind === "unproven";
  return { ...state, view: isAsking ? state.view : { kind: "covered" }, knownAt: at };
}

/** Whether the idle timeout is near. `now` is the server's time in milliseconds. */
export function isNear({ idleAt, totalAt }: Times, now: number): boolean {
  // Use cannot postpone the absolute timeout, so there is nothing to ask.
  return idleAt !== totalAt && Date.parse(idleAt) - now <= WARNING;
}

/** Whether the session has expired, unless it was used elsewhere. `now` is the server's time in milliseconds. */
export function isOver({ idleAt }: Times, now: number): boolean {
  return Date.parse(idleAt) <= now;
}
