"use client";

import { FoldedCard } from "@/app/ui/card";
import { Isolated } from "@/app/ui/isolated";
import { usePrivateWords } from "@/lib/i18n/react";
import type { ShownSession } from "@/lib/session/session-view";
import world from "./world.svg";

/** The part of the earth that the map shows: all degrees of longitude, and these of latitude. */
const [NORTH, SOUTH] = [80, -56];

/** The size of the map in its own units. */
const [WIDTH, HEIGHT] = [1000, 378];

type Marked = { name: string; latitude: number; longitude: number; devices: ShownSession[] };

/**
 * A map of the places from which the sessions were last used, folded. Numbers lead from the dots to the list below, which
 * says the same in words. Nothing without places that have coordinates.
 */
export function PlacesMap({ sessions, names }: { sessions: ShownSession[]; names: Map<string, string> }) {
  const { t, list } = usePrivateWords();
  const places = placesOf(sessions);
  if (places.length === 0) return null;

  return (
    <div className="mt-6 print:hidden">
      <FoldedCard title={t("sessions.map")} isOpen={false}>
        <div aria-hidden="true" className="relative">
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="block w-full fill-control/45">
            <use href={`${world.src}#land`} />
          </svg>
          {/* Not in the units of the map: dots and numbers stay legible on small screens. */}
          <svg className="absolute inset-0 size-full overflow-visible text-[11px] font-semibold">
            {places
              .map((place, index) => (
                <svg key={place.name} x={across(place)} y={down(place)} className="overflow-visible">
                  <circle r="9" strokeWidth="2" className="fill-action stroke-surface" />
                  <text textAnchor="middle" dy="0.35em" className="fill-on-action tabular-nums">
                    {index + 1}
                  </text>
                </svg>
              ))
              .reverse()}
          </svg>
        </div>
        <ol className="mt-4 grid list-inside list-decimal gap-1 text-sm">
          {places.map(({ name, devices }) => (
            <li key={name} className="wrap-anywhere">
              <span className="font-medium">
                <Isolated>{name}</Isolated>
              </span>
              <span className="text-muted"> · {list(devices.map(({ handle }) => names.get(handle) ?? ""))}</span>
            </li>
          ))}
        </ol>
      </FoldedCard>
    </div>
  );
}

/** The places on the map, in the order of their sessions, with all sessions in each. */
function placesOf(sessions: ShownSession[]): Marked[] {
  const found = new Map<string, Marked>();
  for (const session of sessions) {
    const { name, latitude, longitude } = session.lastPlace ?? {};
    if (name === undefined || typeof latitude !== "number" || typeof longitude !== "number") continue;
    const known = found.get(name);
    if (known) known.devices.push(session);
    else found.set(name, { name, latitude, longitude, devices: [session] });
  }
  return [...found.values()];
}

function across({ longitude }: Marked): string {
  return `${((longitude + 180) / 360) * 100}%`;
}

/** From the top. Places beyond the edge, which are in the ice, are at the edge. */
function down({ latitude }: Marked): string {
  const within = Math.min(NORTH, Math.max(SOUTH, latitude));
  return `${((NORTH - within) / (NORTH - SOUTH)) * 100}%`;
}
