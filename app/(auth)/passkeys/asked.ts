import type { Failure } from "@/app/ui/form/form-state";
import type { RequestOptions } from "@/lib/auth/passkeys/ceremonies";

/** What the server gives a page that asks for a passkey: nothing where none can be used. */
export type Asked = { options: RequestOptions | null; tryLater?: Failure };
