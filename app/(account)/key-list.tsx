"use client";

import { Fragment, useState } from "react";
import { usePrivateWords } from "@/lib/i18n/react";
import type { placesFor } from "./places";
import { areSingleKeysOn, turnSingleKeys } from "./single-keys";

type Props = {
  places: ReturnType<typeof placesFor>;
  /** The key for commands, as this machine names it. */
  commands: string;
};

/** All keys, and the switch for those without Ctrl or ⌘. */
export function KeyList({ places, commands }: Props) {
  const { t } = usePrivateWords();
  const [isOn, setIsOn] = useState(areSingleKeysOn);
  const always: [name: string, keys: string[]][] = [
    [t("frame.commands"), [commands]],
    [t("frame.keyMove"), ["↑", "↓"]],
    [t("frame.keyRun"), ["Enter"]],
    [t("frame.keyClose"), ["Esc"]],
  ];
  const single: [name: string, keys: string[]][] = [
    [t("frame.keys"), ["?"]],
    ...places.flatMap(([, key, letter]): [string, string[]][] =>
      letter ? [[t(key), ["G", letter.toUpperCase()]]] : [],
    ),
  ];

  return (
    <div className="flex flex-col gap-4 text-sm">
      <Keys keys={always} />
      <div>
        <label className="flex min-h-11 items-center gap-3 sm:min-h-10">
          <input
            type="checkbox"
            data-first
            checked={isOn}
            onChange={({ target }) => {
              turnSingleKeys(target.checked);
              setIsOn(target.checked);
            }}
            aria-describedby="single-keys"
            className="size-5 accent-action"
          />
          {t("frame.singleKeys")}
        </label>
        <p id="single-keys" className="text-muted">
          {t("frame.singleKeysHint")}
        </p>
      </div>
      {isOn && <Keys keys={single} />}
    </div>
  );
}

function Keys({ keys }: { keys: [name: string, keys: string[]][] }) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-2">
      {keys.map(([name, combination]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd className="flex gap-1" dir="ltr">
            {combination.map((key) => (
              <kbd
                key={key}
                translate="no"
                className="rounded border border-line bg-sunken px-1.5 font-sans text-xs leading-5"
              >
                {key}
              </kbd>
            ))}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
