import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { openSources } from "../../grafana/preview/run.ts";
import { startEmbeddedPostgres } from "../../src/embedded/postgres.ts";
import { openBrowser } from "../support/browser.ts";
import { drawBoards } from "./picture.ts";

// npm run boards:preview -- [--out DIR] [--database-url URL --prometheus-url URL [--scrape-seconds N]]
// Draws every board of the demo county, or of the given sources, and prints the paths of the pictures.

const { values } = parseArgs({
  options: {
    ...{ out: { type: "string", default: ".govmatrix/preview" }, "scrape-seconds": { type: "string", default: "30" } },
    ...{ "database-url": { type: "string" }, "prometheus-url": { type: "string" } },
  },
});

/** Ends in the reverse order of its start what the preview has started. */
const ends: (() => unknown)[] = [];
const t = { after: (end: () => unknown) => void ends.push(end) };

interface Urls {
  databaseUrl: string;
  prometheusUrl: string;
  scrapeMs: number;
}

async function demo(): Promise<Urls> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "govmatrix-preview-")));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ directory, log: pino({ level: "warn" }, pino.destination(2)) });
  t.after(() => postgres.stop());
  process.env.TEST_DATABASE_URL = postgres.url;
  // Its template of databases is made as soon as it is loaded.
  const { passADay, startDemoStack } = await import("../support/demoStack.ts");
  const stack = await startDemoStack(t);
  await passADay(stack);
  return { databaseUrl: stack.county.url, prometheusUrl: stack.prometheus.url, scrapeMs: stack.scrapeMs };
}

async function main(): Promise<void> {
  const { "database-url": databaseUrl, "prometheus-url": prometheusUrl } = values;
  const given = databaseUrl !== undefined && prometheusUrl !== undefined;
  const scrapeMs = Number(values["scrape-seconds"]) * 1_000;
  const urls = given ? { databaseUrl, prometheusUrl, scrapeMs } : await demo();
  const sources = await openSources({ ...urls, now: new Date() });
  try {
    const paths = await drawBoards(resolve(values.out), sources, await openBrowser(t));
    process.stdout.write(`${paths.join("\n")}\n`);
  } finally {
    await sources.statements.close();
  }
}

try {
  await main();
} finally {
  for (const end of ends.reverse()) await end();
}
