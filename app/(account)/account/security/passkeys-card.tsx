import { Card } from "@/app/ui/card";
import { hasPasskeys, rpId, userHandleOf } from "@/lib/auth/passkeys/relying-party";
import type { ShownPasskeys } from "@/lib/auth/passkeys/show";
import type { ActiveSession } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { PasskeyList } from "./passkey-list";

type Props = {
  found: ActiveSession;
  /** The user's passkeys, from `showPasskeys`. */
  passkeys: ShownPasskeys;
  /** Whether the user has recovery codes. */
  hasCodes: boolean;
};

/** The user's passkeys: to add, name, see and remove. */
export function PasskeysCard({ found: { user }, passkeys, hasCodes }: Props) {
  const { t } = words();
  return (
    <Card title={t("passkeys.title")} id="passkeys">
      <p className="mb-4 text-sm text-muted">{t("passkeys.about")}</p>
      {hasPasskeys() ? (
        <PasskeyList
          initial={passkeys}
          hasCodes={hasCodes}
          owner={{ rpId: rpId(), userHandle: Buffer.from(userHandleOf(user.id)).toString("base64url") }}
          texts={{ none: t("passkeys.none"), unsupported: t("passkeys.unsupported") }}
        />
      ) : (
        <p className="text-sm">{t("passkeys.needsName")}</p>
      )}
    </Card>
  );
}
