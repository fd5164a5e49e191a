import { readFileSync } from "node:fs";
import { createElement } from "react";

let tree;

/** The elements of Latchkey's dashboard, with this user's name and email: see bench/markup.ts. */
export function Markup({ user }) {
  tree ??= JSON.parse(readFileSync(process.env.MARKUP, "utf8"));
  return render(tree, user);
}

function render(node, user) {
  if (typeof node === "string") return node.replace("{name}", user.name).replace("{email}", user.email);
  const [name, attributes, ...children] = node;
  return createElement(name, attributes, ...children.map((child) => render(child, user)));
}
