import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { annotationsOf, type BoardAnnotation, type BoardPanel, panelsOf, type Target } from "./board.ts";
import { intervalOf, timeOf } from "./duration.ts";
import { type Frame, fieldNamed } from "./frames.ts";
import { fillSql, fillUid, type Scope } from "./interpolate.ts";
import { openStatements, type Statements } from "./postgres.ts";
import { distinctValues, runPromQl } from "./prometheus.ts";
import { type FilledVariable, fillVariables } from "./variables.ts";

export interface SourceOptions {
  databaseUrl: string;
  prometheusUrl: string;
  /** Between two scrapes. */
  scrapeMs: number;
  now: Date;
}

export interface Sources extends Omit<SourceOptions, "databaseUrl"> {
  statements: Statements;
  /** Of a Prometheus that is younger than the board's range. */
  metricsFrom: Date;
}

export interface PanelResult {
  panel: BoardPanel;
  frames: Frame[];
  /** Of its first target. */
  scope: Scope;
  error: string | null;
}

export interface Mark {
  annotation: BoardAnnotation;
  from: number;
  to: number | null;
  text: string;
}

export interface BoardResult {
  board: Dashboard;
  range: { from: Date; to: Date };
  variables: Map<string, FilledVariable>;
  panels: PanelResult[];
  marks: Mark[];
  /** Of annotations. */
  errors: string[];
}

export async function openSources({ databaseUrl, ...rest }: SourceOptions): Promise<Sources> {
  const statements = await openStatements({ databaseUrl });
  const response = await fetch(`${rest.prometheusUrl}/api/v1/status/tsdb`);
  const { data } = (await response.json()) as { data: { headStats: { minTime: number } } };
  return { ...rest, statements, metricsFrom: new Date(data.headStats.minTime) };
}

/** The types that the provisioned data sources have. */
const SOURCES: Record<string, "postgres" | "prometheus"> = {
  "govmatrix-postgres": "postgres",
  "govmatrix-prometheus": "prometheus",
};
const SCREEN_PX = 1_880;

/** A panel narrower than the screen asks for fewer points. */
function scopeOf(
  panel: BoardPanel | null,
  kind: string,
  range: BoardResult["range"],
  rest: Scope,
  sources: Sources,
): Scope {
  const from = kind === "prometheus" && sources.metricsFrom > range.from ? sources.metricsFrom : range.from;
  const points = panel?.maxDataPoints ?? Math.round(((panel?.gridPos.w ?? 24) / 24) * SCREEN_PX);
  const leastMs = kind === "prometheus" ? sources.scrapeMs : 1;
  return { ...rest, from, intervalMs: intervalOf(range.to.getTime() - from.getTime(), points, leastMs) };
}

export interface TargetContext {
  range: BoardResult["range"];
  variables: BoardResult["variables"];
  sources: Sources;
}

/** Runs one target as Grafana would. */
export async function runTarget(
  target: Target,
  panel: BoardPanel | null,
  context: TargetContext,
): Promise<{ frames: Frame[]; scope: Scope }> {
  const { range, variables, sources } = context;
  const base: Scope = { ...range, intervalMs: 0, scrapeMs: sources.scrapeMs, variables };
  const uid = fillUid(target.datasource.uid, base);
  const kind = SOURCES[uid];
  if (kind === undefined) throw new Error(`there is no data source ${uid}`);
  const scope = scopeOf(panel, kind, range, base, sources);
  if (kind === "prometheus") return { frames: await runPromQl(sources.prometheusUrl, target, scope), scope };
  const statement = fillSql(target.rawSql ?? "", scope);
  return { frames: [await sources.statements.run(target.refId ?? "", statement, target.format ?? "table")], scope };
}

export async function runPanel(panel: BoardPanel, context: TargetContext): Promise<PanelResult> {
  const base: Scope = { ...context.range, intervalMs: 0, scrapeMs: 0, variables: context.variables };
  try {
    const results = [];
    for (const target of panel.targets) results.push(await runTarget(target, panel, context));
    const frames = distinctValues(
      panel,
      results.flatMap((result) => result.frames),
    );
    return { panel, frames, scope: results[0]?.scope ?? base, error: null };
  } catch (error) {
    return { panel, frames: [], scope: base, error: (error as Error).message };
  }
}

/** A whole board at `sources.now`, with the given values of its variables or their defaults. */
export async function runBoard(
  board: Dashboard,
  sources: Sources,
  given: Readonly<Record<string, string>> = {},
): Promise<BoardResult> {
  const range = { from: timeOf(board.time?.from ?? "", sources.now), to: timeOf(board.time?.to ?? "", sources.now) };
  const variables = await fillVariables(board, sources.statements, range, given);
  const context = { range, variables, sources };
  const panels: PanelResult[] = [];
  for (const panel of panelsOf(board)) panels.push(await runPanel(panel, context));
  const marks: Mark[] = [];
  const errors: string[] = [];
  for (const annotation of annotationsOf(board)) {
    try {
      const { frames } = await runTarget(annotation.target, null, context);
      marks.push(...frames.flatMap((frame) => marksOf(annotation, frame)));
    } catch (error) {
      errors.push(`${annotation.name}: ${(error as Error).message}`);
    }
  }
  return { board, range, variables, panels, marks, errors };
}

function marksOf(annotation: BoardAnnotation, frame: Frame): Mark[] {
  const [time, end, text] = ["time", "timeend", "text"].map((name) => fieldNamed(frame, name)?.values);
  if (!time || !text) throw new Error("an annotation needs the columns time and text");
  return time.map((from, row) => ({
    ...{ annotation, from: Number(from), text: String(text[row] ?? "") },
    to: typeof end?.[row] === "number" ? end[row] : null,
  }));
}
