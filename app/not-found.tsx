import type { Metadata } from "next";
import { Screen } from "./(auth)/screen";
import { buttonLook } from "./ui/button";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <Screen title="There is no such page">
      <p className="text-muted">The address may be mistyped, or the page may have moved.</p>
      <a href="/dashboard" className={buttonLook()}>
        To the dashboard
      </a>
    </Screen>
  );
}
