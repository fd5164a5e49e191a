/** An error for software to read (RFC 9457). `title` says what kind it is, `detail` what happened here. */
export function problem(status: number, title: string, detail: string, more: object = {}): Response {
  const headers = { "Content-Type": "application/problem+json" };
  return Response.json({ status, title, detail, ...more }, { status, headers });
}
