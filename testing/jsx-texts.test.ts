import { readdirSync, readFileSync } from "node:fs";
import { type Node, parseSync } from "oxc-parser";
import { expect, test } from "vitest";

// Extensions, and browsers that translate a page, replace its text nodes. React then fails
// when it looks for its own text node, to insert something before it or to remove it. React
// never looks for a text that is always alone in its element.

/** The places where a text has a conditional sibling, or is conditional itself and has a sibling. */
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

/** Whether a child is conditional: an element under a condition, or a list. */
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
  ["a text after a conditional icon", "<p>{isPending && <Icon />}Send</p>"],
  ["a conditional text beside a conditional element", `<p>{count > 1 && "others"}{count === 0 && <b />}</p>`],
  ["one of two texts beside an element", '<p><Icon />{isPending ? "Sending" : "Send"}</p>'],
  ["a text beside a list", "<p>Browsers: {names.map((name) => <b key={name} />)}</p>"],
])("the rule finds %s", (_what, markup) => {
  expect(looseTexts("example.tsx", `const x = ${markup};`)).toEqual(["example.tsx:1"]);
});

test("a translated page keeps working: no text in app/ has a conditional sibling", () => {
  const files = readdirSync("app", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tsx"));
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((name) => looseTexts(`app/${name}`))).toEqual([]);
});
