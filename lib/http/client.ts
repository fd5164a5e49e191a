/** The origin of an action: the address as the server sees it, and the browser as it describes itself. */
export type Client = { userAgent: string | null; ipAddress: string | null };
