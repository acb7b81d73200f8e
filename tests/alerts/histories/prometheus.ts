import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { TestContext } from "node:test";
import { startProcess } from "../../support/process.ts";
import { type Frame, GRID } from "./play.ts";
import type { Span } from "./posts.ts";

/** Of each account, at which points of the grid an expression has a value. */
export type Truths = ReadonlyMap<string, Uint8Array>;

export interface Evaluator {
  evaluate(expression: string): Promise<Truths>;
  /** Points of the grid. */
  points: number;
}

/** Every family that the text names. */
export const familiesOf = (text: string): Set<string> => new Set(text.match(/govmatrix_[a-z_]+/g));

/** The samples as a scrape at every point of the grid would have found them. */
async function writeSamples(file: string, frames: readonly Frame[], span: Span) {
  const out = createWriteStream(file);
  const done = finished(out);
  for (const [index, frame] of frames.entries()) {
    const until = frames[index + 1]?.at ?? span.to;
    for (let at = frame.at; at < until; at += GRID) {
      if (!out.write(frame.samples.map((line) => `${line} ${at}\n`).join(""))) {
        await new Promise<void>((resolve) => void out.once("drain", resolve));
      }
    }
  }
  out.end("# EOF\n");
  await done;
}

/** A real Prometheus over what was exposed in the span. */
export async function startPrometheus(
  t: TestContext,
  { frames, span }: { frames: readonly Frame[]; span: Span },
): Promise<Evaluator> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-histories-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const text = join(directory, "samples.txt");
  const blocks = join(directory, "blocks");
  await writeSamples(text, frames, span);
  // Blocks of two hours would each read the whole file again.
  const args = ["tsdb", "create-blocks-from", "--quiet", "--max-block-duration=744h", "openmetrics", text, blocks];
  const { error, status, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  if (error || status !== 0)
    throw new Error(`promtool must be on PATH (Debian package prometheus): ${error ?? stderr}`);
  rmSync(text);
  writeFileSync(join(directory, "prometheus.yml"), "{}\n");
  const prometheus = startProcess(t, "prometheus", [
    ...[`--config.file=${join(directory, "prometheus.yml")}`, `--storage.tsdb.path=${blocks}`],
    ...["--web.listen-address=127.0.0.1:0", "--storage.tsdb.retention.time=100y", "--log.level=info"],
  ]);
  const [, address = ""] = await prometheus.output(/Listening on.*address=(127\.0\.0\.1:[1-9]\d*)/);
  await prometheus.output(/Server is ready to receive web requests/);
  const points = Math.floor((span.to - 1 - span.from) / GRID) + 1;

  return {
    points,
    async evaluate(expression) {
      const range = { start: String(span.from), end: String(span.to - 1), step: String(GRID) };
      const body = new URLSearchParams({ query: expression, ...range });
      const response = await fetch(`http://${address}/api/v1/query_range`, { method: "POST", body });
      const answer = (await response.json()) as {
        error?: string;
        data: { result: { metric: { account: string }; values: [number, string][] }[] };
      };
      if (answer.error) throw new Error(`${expression}: ${answer.error}`);
      const truths = new Map<string, Uint8Array>();
      for (const { metric, values } of answer.data.result) {
        const present = truths.get(metric.account) ?? new Uint8Array(points);
        for (const [at] of values) present[Math.round((at - span.from) / GRID)] = 1;
        truths.set(metric.account, present);
      }
      return truths;
    },
  };
}
