import { annotationsOf, type BoardPanel, type Target } from "../../grafana/preview/board.ts";
import { fillLink, matches } from "../../grafana/preview/field.ts";
import { type Frame, lengthOf } from "../../grafana/preview/frames.ts";
import { fillPromQl } from "../../grafana/preview/interpolate.ts";
import { distinctValues, legendLabels } from "../../grafana/preview/prometheus.ts";
import { renderBoard } from "../../grafana/preview/render.ts";
import { type BoardResult, runTarget, type TargetContext } from "../../grafana/preview/run.ts";
import { linksOf, titleOf } from "./lint.ts";

/** What a board says in one run. `empty` may be filled in another run, with another account chosen. */
export interface Proof {
  faults: string[];
  empty: string[];
}

const SERIES = ["time", "metric", "value"];
const ANNOTATION = ["time", "text"];
/** Prometheus' own. */
const OWN_METRICS = new Set(["ALERTS", "ALERTS_FOR_STATE", "up"]);

/** Runs every query of the board and compares what comes back with what the panels name. */
export async function proveBoard(
  result: Pick<BoardResult, "board" | "range" | "variables">,
  panels: readonly BoardPanel[],
  context: Omit<TargetContext, "range" | "variables">,
  metrics: ReadonlySet<string>,
): Promise<Proof> {
  const { range, variables, board } = result;
  const proof: Proof = { faults: [], empty: [] };
  const all = { ...context, range, variables };
  for (const panel of panels.filter(({ type }) => type !== "row" && type !== "text")) {
    const frames: Frame[] = [];
    for (const target of panel.targets) {
      const where = `${titleOf(panel)}, query ${target.refId}`;
      try {
        const ran = await runTarget(target, panel, all);
        frames.push(...ran.frames);
        if (!ran.frames.some(hasValue)) proof.empty.push(where);
        const unknown =
          target.expr === undefined
            ? []
            : metricsIn(fillPromQl(target.expr, ran.scope)).filter(
                (name) => !metrics.has(name) && !OWN_METRICS.has(name),
              );
        proof.faults.push(
          ...[...targetFaults(panel, target, ran.frames), ...unknown.map((name) => `nobody exposes ${name}`)].map(
            (fault) => `${where}: ${fault}`,
          ),
        );
      } catch (error) {
        proof.faults.push(`${where}: ${(error as Error).message}`);
      }
    }
    proof.faults.push(
      ...panelFaults(panel, distinctValues(panel, frames)).map((fault) => `${titleOf(panel)}: ${fault}`),
    );
  }
  for (const { name, target } of annotationsOf(board)) {
    try {
      const { frames } = await runTarget(target, null, all);
      if (!frames.some((frame) => lengthOf(frame) > 0)) proof.empty.push(`annotation ${name}`);
      const lacking = ANNOTATION.filter((column) => !frames.every(({ columns }) => columns?.includes(column)));
      proof.faults.push(...lacking.map((column) => `annotation ${name}: no column ${column}`));
    } catch (error) {
      proof.faults.push(`annotation ${name}: ${(error as Error).message}`);
    }
  }
  return proof;
}

/** Some row with more in it than its times. */
function hasValue(frame: Frame): boolean {
  return frame.fields.some(
    ({ kind, values }) => kind !== "time" && values.some((value) => value !== null && value !== ""),
  );
}

function targetFaults(panel: BoardPanel, target: Target, frames: readonly Frame[]): string[] {
  const [frame] = frames;
  if (target.rawSql !== undefined) {
    const columns = frame?.columns ?? [];
    const isSeries = target.format === "time_series";
    if (!isSeries) return panel.type === "stat" ? ["a figure needs a time series"] : [];
    if (String(columns) === String(SERIES)) return [];
    // Or a column of numbers for each series, by its name.
    const texts = frame?.fields.some(({ kind, labels }) => kind === "string" || labels !== undefined);
    if (panel.type !== "stat" && columns[0] === "time" && !texts) return [];
    return [`expected the columns ${SERIES.join(", ")}, not ${columns.join(", ")}`];
  }
  return legendLabels(target).flatMap((label) =>
    frames.some(({ fields }) => fields.some(({ labels }) => labels?.[label] === undefined && labels !== undefined))
      ? [`the legend names the label ${label}, which the series do not have`]
      : [],
  );
}

/** Columns that the panel names are there, and those of a table are all named or hidden. */
function panelFaults(panel: BoardPanel, frames: readonly Frame[]): string[] {
  const fields = frames.flatMap((frame) => frame.fields);
  if (fields.length === 0) return [];
  const { overrides } = panel.fieldConfig;
  const faults = overrides
    .filter(({ matcher }) => !fields.some((field) => matches(matcher, field)))
    .map(({ matcher }) => `nothing is called ${matcher.options}`);
  const xField = panel.options.xField;
  if (panel.type === "barchart" && !fields.some(({ name }) => name === xField))
    faults.push(`there is no column ${xField}`);
  if (panel.type === "table") {
    const named = new Set(["displayName", "custom.hidden"]);
    const settled = overrides.filter(({ properties }) => properties.some(({ id }) => named.has(id)));
    const bare = fields.filter((field) => !settled.some(({ matcher }) => matches(matcher, field)));
    faults.push(...bare.map(({ name }) => `the column ${name} is neither named nor hidden`));
  }
  for (const frame of frames) {
    for (const link of linksOf(panel)) {
      try {
        fillLink(link, frame, 0);
      } catch (error) {
        faults.push((error as Error).message);
      }
    }
  }
  return [...new Set(faults)];
}

/** Names of metrics in an expression: what is neither a function nor an operator nor a label. */
export function metricsIn(expression: string): string[] {
  const words = expression
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
    .replace(/\b(offset|@)\s*-?\w+/g, " ");
  const names = [...words.matchAll(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g)].map(([name]) => name);
  return names.filter(
    (name) => !/^(and|or|unless|bool|by|without|on|ignoring|group_left|group_right|inf|nan)$/i.test(name),
  );
}

/** Faults that only drawing shows: units, mappings, colours. */
export function drawnFaults(result: BoardResult): string[] {
  return [...renderBoard(result).matchAll(/<p class="error">([^<]*)<\/p>/g)].map(([, fault = ""]) => fault);
}

/** Names in the text that a process exposes. */
export function exposed(text: string): string[] {
  return [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{| )/gm)].map(([, name = ""]) => name);
}
