import { expect, test } from "@/e2e/support/fixtures";

for (const path of ["/", "/login", "/logout", "/dashboard", "/api/session", "/nothing", "/icon.svg"]) {
  test(`${path} has the security headers, and none that names the software`, async ({ request }) => {
    const headers = (await request.get(path, { maxRedirects: 0 })).headers();

    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["referrer-policy"]).toBe("same-origin");
    expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
    expect(headers["permissions-policy"]).toContain("camera=()");
    expect(headers).not.toHaveProperty("x-powered-by");
    // Plain http must not promise https (RFC 6797 §7.2).
    expect(headers).not.toHaveProperty("strict-transport-security");
  });
}

for (const path of ["/", "/login", "/logout", "/nothing"]) {
  test(`${path} runs only its own scripts, and cannot be framed`, async ({ request, page, logIn }) => {
    if (path === "/nothing") await logIn(page);
    const answer = await (path === "/nothing" ? page.request : request).get(path);
    const policy = answer.headers()["content-security-policy"] ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];

    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe-inline");
    const scripts = (await answer.text()).match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
  });
}

test("every page gets a nonce of its own", async ({ request }) => {
  const policies = await Promise.all(
    [1, 2].map(async () => (await request.get("/login")).headers()["content-security-policy"]),
  );
  expect(policies[0]).not.toBe(policies[1]);
});

test("a client cannot choose the nonce of a page", async ({ request }) => {
  const headers = { "Content-Security-Policy": "script-src 'nonce-chosen'" };
  const answer = await request.get("/login", { headers });

  expect(await answer.text()).not.toContain("chosen");
  expect(answer.headers()["content-security-policy"]).not.toContain("chosen");
});

test("pages may be neither cached nor transformed on their way", async ({ page, logIn }) => {
  await logIn(page);
  for (const path of ["/dashboard", "/account", "/login", "/signup", "/nothing", "/admin"]) {
    const answer = await page.request.get(path);
    expect(answer.headers()["cache-control"], path).toBe("no-store, no-transform");
  }
});
