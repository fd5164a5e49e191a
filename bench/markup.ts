// Captures our dashboard as a browser sees it, so that the peers serve the same elements.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Browser, chromium } from "playwright";
import { cookieName } from "@/testing/cookie-name";
import { requireChromium } from "@/testing/programs";
import type { Target } from "./targets/target";

/** An element: its name, its attributes and what it contains. */
type Element = [name: string, attributes: Record<string, unknown>, ...children: (Element | string)[]];

/**
 * Writes the elements of the dashboard to two files in this folder: as a tree, from which
 * the Next.js applications create React elements, and as an HTML page. The user's name and
 * email address become {name} and {email}.
 */
export async function captureMarkup({ url, signIn }: Target, folder: string): Promise<{ tree: string; page: string }> {
  const browser = await launch();
  const context = await browser.newContext();
  const [name = "", value = ""] = sessionCookie(await signIn(), url);
  await context.addCookies([{ name, value, url }]);
  const page = await context.newPage();
  // The compiler adds calls of `__name` to our functions. It does not exist in the page.
  await page.addInitScript("globalThis.__name = (named) => named");
  await page.goto(`${url}/dashboard`, { waitUntil: "load" });
  const email = String(await page.locator("header span", { hasText: "@example.com" }).textContent());
  const tree = await page.evaluate(readElements, { email, name: "Bench" });
  await browser.close();

  const files = { tree: resolve(folder, "markup.json"), page: resolve(folder, "markup.html") };
  writeFileSync(files.tree, JSON.stringify(tree));
  writeFileSync(
    files.page,
    `<!DOCTYPE html><html lang="en"><head><title>Dashboard</title></head><body>${text(tree)}</body></html>`,
  );
  return files;
}

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: await requireChromium(),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    // On a signal Playwright would end this process before its clean-up.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

function sessionCookie(header: string, url: string): string[] {
  return (header.split("; ").find((cookie) => cookie.startsWith(`${cookieName(url)}=`)) ?? "").split("=");
}

/** Runs in the page. Returns everything in its body except scripts, in one element. */
function readElements(person: { name: string; email: string }): Element {
  const read = (node: Node): Element | string | null => {
    if (node instanceof Text) return node.data.replaceAll(person.email, "{email}").replaceAll(person.name, "{name}");
    if (!(node instanceof window.Element) || /^(script|template|next-route-announcer)$/i.test(node.tagName))
      return null;
    const attributes = [...node.attributes].map(({ name, value }) => {
      if (name === "style") return [name, {}];
      // React treats an empty string as false for boolean attributes.
      return [name, value === "" ? true : value];
    });
    const children = [...node.childNodes].map(read).filter((child) => child !== null);
    return [node.localName, Object.fromEntries(attributes), ...children];
  };
  const [, , ...children] = read(document.body) as Element;
  return ["div", {}, ...children];
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function text(node: Element | string): string {
  const escaped = (value: string) => value.replace(/[&<>"]/g, (character) => String(ESCAPES[character]));
  if (typeof node === "string") return escaped(node);
  const [name, attributes, ...children] = node;
  const listed = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(value === true ? "" : String(value))}"`,
  );
  const isVoid = /^(input|br|img|hr|meta|link)$/.test(name);
  return `<${name}${listed.join("")}>${isVoid ? "" : `${children.map(text).join("")}</${name}>`}`;
}
