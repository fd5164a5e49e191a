/** From where something is done: the address as the server sees it, the browser as it claims to be. */
export type Client = { userAgent: string | null; ipAddress: string | null };
