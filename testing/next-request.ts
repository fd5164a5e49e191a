import { workAsyncStorage } from "next/dist/server/app-render/work-async-storage.external";
import { workUnitAsyncStorage } from "next/dist/server/app-render/work-unit-async-storage.external";
import { ResponseCookies } from "next/dist/server/web/spec-extension/cookies";
import { type RequestContext, withRequestContext } from "@/lib/request-context";

/** A browser's cookies, which Next.js reads and sets. */
export type Jar = ResponseCookies;

export function newJar(): Jar {
  return new ResponseCookies(new Headers());
}

/** Does what a server action would do, in a request of the browser with these cookies, as Next.js and our server run it. */
export function inAction<T>(jar: Jar, work: () => Promise<T>, address = "192.0.2.7"): Promise<T> {
  const context = {
    ...{ requestId: "test", method: "POST", path: "/login", url: "/login", address, userAgent: "Test", locale: "en" },
    ...{ proof: null, generation: null, timeZone: null, gone: new AbortController().signal, status: null },
  } as unknown as RequestContext;
  const headers = new Headers({ "user-agent": "Test" });
  const request = { type: "request", phase: "action", headers, cookies: jar, userspaceMutableCookies: jar };
  const inNext = () =>
    workAsyncStorage.run({ route: "/login" } as never, () => workUnitAsyncStorage.run(request as never, work));
  return withRequestContext(context, inNext);
}
