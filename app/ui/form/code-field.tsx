"use client";

import type { ComponentProps } from "react";
import { TextField } from "./field";

type Props = Omit<ComponentProps<typeof TextField>, "name"> & {
  /** Whether the field is meant for a recovery code, which has letters. The server takes both kinds in any case. */
  isRecovery?: boolean;
};

/** A field for a code of an authenticator app, or for a recovery code. Phones offer digits, and codes that they know. */
export function CodeField({ isRecovery = false, ...props }: Props) {
  return (
    <TextField
      name="code"
      autoComplete={isRecovery ? "off" : "one-time-code"}
      inputMode={isRecovery ? "text" : "numeric"}
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      dir="ltr"
      required
      {...props}
    />
  );
}
