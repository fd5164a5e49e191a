import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cookieName } from "./cookie-name";

/** Headers of a request from a client address that no other test uses. */
export function fromSomewhere(): Record<string, string> {
  return { "X-Forwarded-For": `2001:db8:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}::1` };
}

/** The id of a server action in the build. */
export function actionNumber(name: string): string {
  const manifest = readFileSync(`${process.env.BUILD_DIR || ".next"}/server/server-reference-manifest.json`, "utf8");
  const actions = JSON.parse(manifest).node as Record<string, { exportedName: string }>;
  const found = Object.entries(actions).find(([, { exportedName }]) => exportedName === name);
  if (!found) throw new Error(`The build has no action named ${name}`);
  return found[0];
}

type Post = {
  name: string;
  path: string;
  fields: [name: string, value: string][];
  base: string;
  /** Further headers of the client. */
  as?: Record<string, string>;
};

/** Posts these fields as the form's script does, from a client address that no other test uses. */
export async function postAction({ name, path, fields, base, as = {} }: Post): Promise<Response> {
  const form = new FormData();
  for (const [field, value] of fields) form.append(`_1_${field}`, value);
  form.append("0", '[{},"$K1"]');

  const headers = { Origin: base, "Next-Action": actionNumber(name), ...fromSomewhere(), ...as };
  const answer = await fetch(base + path, { method: "POST", headers, body: form, redirect: "manual" });
  await answer.arrayBuffer();
  return answer;
}

type LoginAnswer = { status: number; isIn: boolean; retryAfter: string | null };

/** Posts these fields as the log-in form's script does. Returns the status, and whether the log-in succeeded. */
export async function postLogin(
  fields: [name: string, value: string][],
  base = String(process.env.APP_URL),
  as: Record<string, string> = {},
): Promise<LoginAnswer> {
  const { status, headers } = await postAction({ name: "login", path: "/login", fields, base, as });
  return {
    status,
    isIn: `, ${headers.get("set-cookie")}`.includes(`, ${cookieName(base)}=Fe26`),
    retryAfter: headers.get("retry-after"),
  };
}

type Revocation = { base: string; cookie: string; handle: string };

/** Logs a device of the user out, as the button on the page of devices does. Returns whether it was logged in. */
export async function revokeSession({ base, cookie, handle }: Revocation): Promise<boolean> {
  const form = new FormData();
  form.append("_1_handle", handle);
  form.append("0", '["$K1"]');
  const headers = { cookie, Origin: base, "Next-Action": actionNumber("revoke") };
  const answer = await fetch(`${base}/sessions`, { method: "POST", headers, body: form });
  return (await answer.text()).includes("Device logged out.");
}
