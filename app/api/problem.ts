/** An error for software to read (RFC 9457). `title` says what kind it is, `detail` what happened here. */
export function problem(status: number, title: string, detail: string): Response {
  return Response.json({ status, title, detail }, { status, headers: { "Content-Type": "application/problem+json" } });
}
