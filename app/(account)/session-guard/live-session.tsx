"use client";

import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";
import { Button } from "@/app/ui/button";
import { Countdown } from "@/app/ui/countdown";
import { Dialog } from "@/app/ui/dialog";
import type { User } from "@/lib/session/store/contract";
import { stay } from "./actions";
import { listen, tellOtherTabs } from "./connection";
import { LogInAgain } from "./log-in-again";
import type { Times } from "./times";
import { useBfcacheGuard } from "./use-bfcache-guard";

/** So long before an unused session ends its page asks whether somebody is there, in milliseconds. WCAG 2.2.1 asks for 20 seconds. */
const WARNING = 2 * 60_000;

/** How long after a first answer that says so it is taken for certain that a session has ended, in milliseconds. */
const CERTAIN = 400;

/** Who is signed in, as their pages name them. */
export type Person = Pick<User, "id" | "name" | "email" | "role">;

type State =
  | { kind: "live" }
  /** Its end is near. */
  | { kind: "warned" }
  /** It has ended, and nobody has said yet why. */
  | { kind: "covered" }
  /** It has ended for want of use, or of age: whoever sits there may well be who did before. */
  | { kind: "lapsed"; why: string };

type Live = {
  times: Times;
  /** How far this machine's clock is behind the server's, in milliseconds. */
  offset: number;
  person: Person;
  /** Whether the page is kept from being seen. A dialog of its own would then lie over all, and be seen as little. */
  isHidden: boolean;
  /** Asks the server whether the session lives; covers the page if not. Comes back when it does, or nobody can say. */
  ensure: () => Promise<void>;
  /** Does something that may end this very session, and leads on by itself then. */
  acting: (act: () => Promise<void>) => Promise<void>;
};

const LiveContext = createContext<Live | null>(null);

/** What the page knows of its session, as last heard. */
export function useLiveSession(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("Only inside LiveSession");
  return live;
}

type Props = { initial: Times; person: Person; publicComputer: boolean; children: ReactNode };

/**
 * A private page that knows when its session ends: it warns beforehand, covers
 * itself at once when it has, with the reason and a way back, and shows itself
 * again to the same person alone, with what was typed in it.
 */
export function LiveSession({ initial, person: shown, publicComputer, children }: Props) {
  const [state, setState] = useState<State>({ kind: "live" });
  const [times, setTimes] = useState(initial);
  const [person, setPerson] = useState(shown);
  const [offset, setOffset] = useState(0);
  const waiting = useRef<(() => void)[]>([]);
  const acts = useRef(0);
  // Answers may come in another order than they were asked for: what was asked last, what of it was heard, and
  // since when the session has ended.
  const moments = useRef(0);
  const heardAt = useRef(0);
  const endedAt = useRef(0);
  const router = useRouter();

  const hear = useCallback((heard: Times, asked = ++moments.current) => {
    // Older than what is known already.
    if (asked < endedAt.current) return;
    heardAt.current = Math.max(heardAt.current, asked);
    setTimes(heard);
    setOffset(Date.parse(heard.now) - Date.now());
    setState({ kind: "live" });
    for (const goOn of waiting.current.splice(0)) goOn();
  }, []);

  const ask = useCallback(async (): Promise<Asked> => {
    const asked = ++moments.current;
    const answer = await askServer(person.id);
    if (answer.state === "unknown") return answer;
    if (answer.state === "live") {
      hear(answer.times, asked);
      setPerson(answer.person);
      return answer;
    }
    // What was heard since is newer: a log-in over this page, or a new token.
    if (heardAt.current > asked) return { state: "unknown" };

    endedAt.current = Math.max(endedAt.current, asked);
    if (answer.state === "lapsed" && !publicComputer) {
      setState({ kind: "lapsed", why: answer.why });
      return answer;
    }
    setState((now) => (now.kind === "lapsed" ? now : { kind: "covered" }));
    // Another tab may have been given a new cookie at this moment: one answer is not enough to leave for.
    await pause(CERTAIN);
    const askedAgain = ++moments.current;
    const again = await askServer(person.id);
    if (again.state === "live") hear(again.times, askedAgain);
    else if (again.state !== "unknown" && acts.current === 0 && heardAt.current < askedAgain) leave();
    return again;
  }, [person.id, publicComputer, hear]);

  const ensure = useCallback(async () => {
    if (["live", "unknown"].includes((await ask()).state)) return;
    await new Promise<void>((goOn) => waiting.current.push(goOn));
  }, [ask]);

  const acting = useCallback(async (act: () => Promise<void>) => {
    acts.current++;
    await act();
    // Not when it throws: that is how an action leads elsewhere.
    acts.current--;
  }, []);

  useEffect(
    () =>
      listen((news) => {
        // Covered first, and only then asked why.
        if (news === "ended") setState((now) => (now.kind === "lapsed" ? now : { kind: "covered" }));
        if (news !== "changed") ask();
      }),
    [ask],
  );

  useEffect(() => setPerson(shown), [shown]);

  // The page was rendered anew, so it was used: the other tabs end later too.
  useEffect(() => {
    hear(initial);
    tellOtherTabs("used");
  }, [initial, hear]);

  const isCovered = state.kind === "covered";
  useEffect(() => {
    if (!isCovered) return;
    const again = setInterval(ask, 2000);
    return () => clearInterval(again);
  }, [isCovered, ask]);

  useBfcacheGuard(ask);
  useEnd(times, offset, {
    onWarning: async () => {
      // It may have been used elsewhere.
      const answer = await ask();
      if (answer.state === "unknown" || (answer.state === "live" && isNear(answer.times))) setState({ kind: "warned" });
    },
    onEnd: ask,
    isWatching: state.kind === "live" || state.kind === "warned",
  });

  const isLapsed = state.kind === "lapsed";
  const isHidden = isLapsed || isCovered;
  return (
    <LiveContext value={{ times, offset, person, isHidden, ensure, acting }}>
      <div hidden={isHidden} inert={isHidden}>
        {children}
      </div>
      <Dialog isOpen={state.kind === "warned"} title="Are you still there?" isAlert>
        <StillThere
          endsAt={Date.parse(times.idleAt) - offset}
          until={times.totalAt}
          onStay={async () => {
            const now = await stay().catch(() => null);
            if (now) hear(now);
            else await ask();
            tellOtherTabs("used");
          }}
        />
      </Dialog>
      <Dialog isOpen={isLapsed} title="You are signed out">
        <LogInAgain
          person={person}
          why={isLapsed ? state.why : ""}
          onLoggedIn={(now) => {
            hear(now);
            tellOtherTabs("ask");
            router.refresh();
          }}
        />
      </Dialog>
    </LiveContext>
  );
}

/** Whether a session ends soon for want of use. */
function isNear({ idleAt, now }: Times): boolean {
  return Date.parse(idleAt) - Date.parse(now) <= WARNING;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Leaves nothing of this page behind. The log-in page says why, and leads back here. */
function leave(): void {
  document.documentElement.hidden = true;
  location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

type Asked =
  | { state: "live"; times: Times; person: Person }
  | { state: "lapsed"; why: string }
  | { state: "ended" }
  | { state: "somebody-else" }
  | { state: "unknown" };

/** Asks the server whether somebody's session still lives. Asking is not use. */
async function askServer(userId: string): Promise<Asked> {
  try {
    const answer = await fetch("/api/session", { cache: "no-store" });
    const told = await answer.json();
    if (answer.status === 401) {
      return ["idle", "expired"].includes(told.reason) ? { state: "lapsed", why: told.detail } : { state: "ended" };
    }
    if (!answer.ok) return { state: "unknown" };
    if (told.user.id !== userId) return { state: "somebody-else" };
    return { state: "live", times: { ...told.session, now: told.now }, person: told.user };
  } catch {
    // Nobody can say. An outage is no logout.
    return { state: "unknown" };
  }
}

type Handlers = { onWarning: () => void; onEnd: () => void; isWatching: boolean };

/** Watches the times of a session by the server's clock. */
function useEnd({ idleAt, totalAt }: Times, offset: number, handlers: Handlers): void {
  const { isWatching } = handlers;
  const latest = useRef(handlers);
  latest.current = handlers;

  useEffect(() => {
    if (!isWatching) return;
    const end = Date.parse(idleAt) - offset;
    // Nothing that anybody does makes a session older than its total lifetime allows.
    const canStay = idleAt !== totalAt;
    let isWarned = false;
    const look = () => {
      const left = end - Date.now();
      if (left <= 0) latest.current.onEnd();
      else if (left <= WARNING && canStay && !isWarned) {
        isWarned = true;
        latest.current.onWarning();
      }
    };
    // Timers of a page in the background, or on a machine asleep, come late: the clock decides.
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [idleAt, totalAt, offset, isWatching]);
}

type StillThereProps = { endsAt: number; until: string; onStay: () => Promise<void> };

function StillThere({ endsAt, until, onStay }: StillThereProps) {
  const [isWorking, setIsWorking] = useState(false);

  return (
    <>
      <p className="mb-5 text-muted">
        Nobody has used this page for a while. You will be logged out in{" "}
        <span className="font-medium text-ink tabular-nums" aria-live="off">
          <Countdown to={endsAt} />
        </span>
        . What you have typed stays on this page.
      </p>
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <Button
          disabled={isWorking}
          onClick={async () => {
            setIsWorking(true);
            await onStay().finally(() => setIsWorking(false));
          }}
        >
          Stay logged in
        </Button>
        <form action="/logout/end" method="post" className="contents">
          <input type="hidden" name="until" value={until} />
          <Button type="submit" kind="secondary">
            Log out
          </Button>
        </form>
      </div>
    </>
  );
}
