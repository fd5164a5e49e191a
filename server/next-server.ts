// Stands for "next/server" in the compiled server. A standalone folder has only these files of it.

export { NextRequest } from "next/dist/server/web/spec-extension/request.js";
export { NextResponse } from "next/dist/server/web/spec-extension/response.js";
