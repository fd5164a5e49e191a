import type { Env } from "@/lib/env";

/**
 * Where a server that has started is reached, in lines. The address of the application says its port only if visitors
 * reach the server itself: a proxy has to know to which port it passes requests.
 */
export function describeAddress({ APP_URL, PORT }: Pick<Env, "APP_URL" | "PORT">): string[] {
  const isDirect = APP_URL.protocol === "http:" && (APP_URL.port || "80") === String(PORT);
  return [`  Latchkey   ${APP_URL.origin}`, ...(isDirect ? [] : [`  Port       ${PORT}, for the proxy`])];
}
