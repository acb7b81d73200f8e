import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DASHBOARDS } from "./index.ts";

const DIRECTORY = join(import.meta.dirname, "../dashboards");

/** What stands in `grafana/dashboards`: a file for each board, by its name. */
export function dashboardFiles(): Map<string, string> {
  return new Map(DASHBOARDS.map((board) => [`${board.uid}.json`, `${JSON.stringify(board, null, 2)}\n`]));
}

function written(name: string): string | null {
  try {
    return readFileSync(join(DIRECTORY, name), "utf8");
  } catch {
    return null;
  }
}

/** Names of the files that differ from what the boards' code says, or that no board stands behind. */
function differing(): string[] {
  const files = dashboardFiles();
  const stray = readdirSync(DIRECTORY).filter((name) => !files.has(name));
  return [...[...files].filter(([name, text]) => written(name) !== text).map(([name]) => name), ...stray];
}

if (import.meta.main) {
  mkdirSync(DIRECTORY, { recursive: true });
  const names = differing();
  if (process.argv.includes("--check")) {
    if (names.length > 0) {
      process.stderr.write(`grafana/dashboards differs from grafana/boards: ${names.join(", ")}; run npm run boards\n`);
      process.exitCode = 1;
    }
  } else {
    const files = dashboardFiles();
    for (const name of names) {
      const text = files.get(name);
      if (text === undefined) rmSync(join(DIRECTORY, name));
      else writeFileSync(join(DIRECTORY, name), text);
    }
    process.stdout.write(`${files.size} boards, ${names.length} changed\n`);
  }
}
