import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Browser } from "playwright-core";
import { DASHBOARDS } from "../../grafana/boards/index.ts";
import { renderBoard } from "../../grafana/preview/render.ts";
import { type BoardResult, runBoard, type Sources } from "../../grafana/preview/run.ts";

const SCREEN = { width: 1920, height: 1080 };
/** Shown on a wall without Grafana's head: no more than a screen. */
const WALL = "govmatrix-overview";

/** Writes `<uid>.html` and `<uid>.png` of each board, and the wall's screen; answers the paths of the pictures. */
export async function drawBoards(
  directory: string,
  sources: Sources,
  browser: Browser,
  boards: readonly Dashboard[] = DASHBOARDS,
): Promise<string[]> {
  mkdirSync(directory, { recursive: true });
  const paths: string[] = [];
  const page = await browser.newPage({ viewport: SCREEN });
  const draw = async (name: string, result: BoardResult, wall: boolean) => {
    const file = join(directory, `${name}.html`);
    writeFileSync(file, renderBoard(result, { kiosk: wall }));
    await page.goto(pathToFileURL(file).href);
    const path = join(directory, `${name}.png`);
    await page.screenshot({ path, fullPage: !wall });
    paths.push(path);
  };
  for (const board of boards) {
    const result = await runBoard(board, sources);
    await draw(board.uid ?? "", result, false);
    if (board.uid === WALL) await draw(`${WALL}-wall`, result, true);
  }
  await page.close();
  return paths;
}
