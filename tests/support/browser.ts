import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  ...(process.env.PATH ?? "").split(delimiter),
  "/usr/bin",
  join(import.meta.dirname, "../../.govmatrix/tools/bin"),
];
/** It fetches nothing by itself, and needs neither a screen nor a user of its own. */
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** Debian's Chromium; it ends with the test, or when the caller closes it. */
export async function openBrowser(t?: Pick<TestContext, "after">): Promise<Browser> {
  const executablePath = PLACES.map((place) => join(place, "chromium")).find(existsSync);
  if (!executablePath) throw new Error("chromium must be on PATH (Debian package chromium)");
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  t?.after(() => browser.close());
  return browser;
}
