"use client";

import { useRouter } from "next/navigation";
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { flushSync } from "react-dom";
import { forgetPeople } from "@/app/(account)/recent-people";
import { Dialog } from "@/app/ui/dialog";
import { serverTime } from "@/app/ui/time/clock";
import { usePrivateWords } from "@/lib/i18n/react";
import { stay } from "./actions";
import { confirmBlank } from "./confirm-blank";
import { listen, tellOtherTabs } from "./connection";
import { LogInAgain } from "./log-in-again";
import { askServer, type Person } from "./session-client";
import { begin, type Known, next, type SessionEvent } from "./session-machine";
import { StillThere } from "./still-there";
import type { Times } from "./times";
import { useTitleCountdown } from "./title-countdown";
import { useBfcacheGuard } from "./use-bfcache-guard";
import { useOwnLogout } from "./use-own-logout";
import { useSessionClock } from "./use-session-clock";

/** Loaded only when it is needed: few pages ever ask. */
const ConfirmForm = lazy(async () => ({ default: (await import("@/app/(account)/confirm/confirm-form")).ConfirmForm }));

/** Delay before the second check that confirms that a session has ended, in milliseconds. */
const CERTAIN = 400;

type Live = {
  times: Times;
  person: Person;
  /** Whether the user has a second factor, as of the page's latest rendering. */
  hasSecondFactor: boolean;
  /** Whether the page is hidden. Its dialogs must then stay closed, because a dialog would show above everything. */
  isHidden: boolean;
  /** Checks the session, and covers the page if it has ended. Resolves once it is active, or the server cannot say. */
  ensure: () => Promise<void>;
  /** Runs an action that may end this session and then redirects by itself, so that the guard does not. */
  acting: (act: () => Promise<void>) => Promise<void>;
};

const LiveContext = createContext<Live | null>(null);

/** The page's latest knowledge of its session. */
export function useLiveSession(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("Only inside SessionGuard");
  return live;
}

type Props = {
  initial: Times;
  person: Person;
  publicComputer: boolean;
  hasSecondFactor: boolean;
  children: ReactNode;
};

/**
 * Guards a private page when its session ends. It warns before the idle timeout. Once the
 * session has ended it covers the page, with the reason and a way to log in again. It
 * uncovers the page, with everything typed in it, only for the same user.
 */
export function SessionGuard({ initial, person: shown, publicComputer, hasSecondFactor, children }: Props) {
  const [state, setState] = useState(() => begin({ times: initial, person: shown, publicComputer }));
  const latest = useRef(state);
  const waiting = useRef<(() => void)[]>([]);
  const acts = useRef(0);
  const content = useRef<HTMLDivElement>(null);
  const router = useRouter();
  const { t } = usePrivateWords();

  const tell = useCallback((event: SessionEvent) => {
    const before = latest.current.view.kind;
    latest.current = next(latest.current, event);
    setState(latest.current);
    const now = latest.current.view.kind;
    if (now === "live" || now === "warned") for (const goOn of waiting.current.splice(0)) goOn();
    if (now === "over" && before !== "over") leave();
  }, []);

  const ask = useCallback(async (): Promise<Known> => {
    const hear = async (isSecond: boolean): Promise<Known> => {
      const at = moment();
      const answer = await askServer();
      tell({ type: "answered", at, answer, isSecond, isActing: acts.current > 0, now: serverTime() });
      return answer.state === "unknown" ? "unknown" : latest.current.view.kind;
    };
    const known = await hear(false);
    if (!latest.current.isDoubted) return known;
    // Another tab may be receiving a new cookie right now, so one response is not enough to leave the page.
    await pause(CERTAIN);
    return hear(true);
  }, [tell]);

  const ensure = useCallback(async () => {
    if (["live", "warned", "unknown"].includes(await ask())) return;
    await new Promise<void>((goOn) => waiting.current.push(goOn));
  }, [ask]);

  const acting = useCallback(async (act: () => Promise<void>) => {
    acts.current++;
    await act();
    // Skipped when it throws, because an action redirects by throwing.
    acts.current--;
  }, []);

  useEffect(
    () =>
      listen((news, ticket) => {
        // Cover the page first, then ask for the reason.
        if (news === "ended") flushSync(() => tell({ type: "ended", at: moment() }));
        if (news === "ended" && ticket) confirmBlank(ticket, content.current);
        if (news !== "changed" && news !== "pages") ask();
      }),
    [tell, ask],
  );

  // A new rendering is use of the session, so tell the other tabs, too.
  useEffect(() => {
    tell({ type: "rendered", at: moment(), times: initial, person: shown, publicComputer });
    tellOtherTabs("used");
  }, [initial, shown, publicComputer, tell]);

  useOwnLogout(acting, ask);
  useBfcacheGuard(ask);
  useSessionClock(state, ask);
  useTitleCountdown(state);

  const { view, times, person } = state;
  const isHidden = view.kind !== "live" && view.kind !== "warned";
  return (
    <LiveContext value={{ times, person, hasSecondFactor, isHidden, ensure, acting }}>
      <div ref={content} hidden={isHidden} inert={isHidden}>
        {children}
      </div>
      <Dialog isOpen={view.kind === "warned"} title={t("guard.stillThere")} isAlert>
        <StillThere
          times={times}
          onStay={async () => {
            const now = await stay().catch(() => null);
            if (now) tell({ type: "used", at: moment(), times: now });
            else await ask();
            tellOtherTabs("used");
          }}
        />
      </Dialog>
      <Dialog isOpen={view.kind === "unproven"} title={t("binding.unprovenTitle")}>
        {view.kind === "unproven" && (
          <Suspense>
            <p className="mb-5 text-muted">{t("binding.unproven")}</p>
            <ConfirmForm
              email={person.email}
              hasSecondFactor={hasSecondFactor}
              onConfirmed={() => {
                void ask();
                tellOtherTabs("ask");
                router.refresh();
              }}
            />
          </Suspense>
        )}
      </Dialog>
      <Dialog isOpen={view.kind === "lapsed"} title={t("guard.signedOut")}>
        {view.kind === "lapsed" && (
          <LogInAgain
            person={person}
            lapse={view.lapse}
            onLoggedIn={(now) => {
              tell({ type: "used", at: moment(), times: now });
              tellOtherTabs("ask");
              router.refresh();
            }}
          />
        )}
      </Dialog>
    </LiveContext>
  );
}

let moments = 0;

/** Numbers the events of this page, in order. */
function moment(): number {
  return ++moments;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Replaces this page with the log-in page, which says why and leads back here. */
function leave(): void {
  forgetPeople();
  document.documentElement.hidden = true;
  location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
