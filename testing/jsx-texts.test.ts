import { readdirSync, readFileSync } from "node:fs";
import { type Node, parseSync } from "oxc-parser";
import { expect, test } from "vitest";

// Browsers that translate a page, and extensions, replace its texts. React then
// fails where it looks for a text of its own, to put something before it or to
// take it away. It never looks for a text that always stands alone in its element.

/** Where texts of a component stand beside something that comes and goes, or come and go themselves. */
function looseTexts(file: string, source = readFileSync(file, "utf8")): string[] {
  const found: string[] = [];
  visit(parseSync(file, source).program, (node) => {
    if (node.type !== "JSXElement" && node.type !== "JSXFragment") return;
    const children = node.children.filter(isSomething);
    if (children.length < 2) return;
    const isLoose = children.some(isPassingText) || (children.some(isText) && children.some(isPassing));
    if (isLoose) found.push(`${file}:${source.slice(0, node.start).split("\n").length}`);
  });
  return found;
}

type Child = Extract<Node, { type: "JSXElement" }>["children"][number];

function isSomething(child: Child): boolean {
  if (child.type === "JSXText") return child.value.trim() !== "" || !child.value.includes("\n");
  return child.type !== "JSXExpressionContainer" || child.expression.type !== "JSXEmptyExpression";
}

function isText(child: Child): boolean {
  if (child.type === "JSXText") return true;
  return child.type === "JSXExpressionContainer" && isString(child.expression);
}

/** Whether it may be there or not: an element under a condition, or a list. */
function isPassing(child: Child): boolean {
  if (child.type !== "JSXExpressionContainer") return false;
  const { expression } = child;
  if (expression.type === "ConditionalExpression" || expression.type === "LogicalExpression") return true;
  return expression.type === "CallExpression" && /\.map\W/.test(`${nameOf(expression.callee)} `);
}

function isPassingText(child: Child): boolean {
  if (child.type !== "JSXExpressionContainer") return false;
  const { expression } = child;
  if (expression.type === "LogicalExpression") return isString(expression.right);
  if (expression.type !== "ConditionalExpression") return false;
  return isString(expression.consequent) || isString(expression.alternate);
}

function isString(node: Node): boolean {
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node.value === "string");
}

function nameOf(node: Node): string {
  return node.type === "MemberExpression" && node.property.type === "Identifier" ? `.${node.property.name}` : "";
}

function visit(node: unknown, look: (node: Node) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, look);
  else if (node && typeof node === "object") {
    if ("type" in node) look(node as Node);
    for (const each of Object.values(node)) visit(each, look);
  }
}

test.each([
  ["a text after a sign that comes and goes", "<p>{isPending && <Icon />}Send</p>"],
  ["a text that comes and goes", `<p>{count > 1 && "others"}{count === 0 && <b />}</p>`],
  ["one text or another beside an element", '<p><Icon />{isPending ? "Sending" : "Send"}</p>'],
  ["a text beside a list", "<p>Browsers: {names.map((name) => <b key={name} />)}</p>"],
])("this rule finds %s", (_what, markup) => {
  expect(looseTexts("example.tsx", `const x = ${markup};`)).toEqual(["example.tsx:1"]);
});

test("a page that the browser has translated goes on working: texts stand apart from what comes and goes", () => {
  const files = readdirSync("app", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tsx"));
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((name) => looseTexts(`app/${name}`))).toEqual([]);
});
