import type { BoardPanel, Target } from "./board.ts";
import type { Field, Frame } from "./frames.ts";
import { fillPromQl, type Scope } from "./interpolate.ts";

interface Series {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

/** A query's own series, as frames of the format that the target asks for. */
export async function runPromQl(url: string, target: Target, scope: Scope): Promise<Frame[]> {
  const refId = target.refId ?? "";
  const expression = fillPromQl(target.expr ?? "", scope);
  if (target.instant !== true)
    return (await readRange(url, expression, scope)).map((one) => frameOf(refId, target, one));
  const series = await read(url, "query", { query: expression, time: seconds(scope.to.getTime()) });
  if (target.format !== "table") return series.map((one) => frameOf(refId, target, one));
  return series.length === 0 ? [] : [tableOf(refId, series)];
}

const seconds = (ms: number) => String(ms / 1_000);

async function readRange(url: string, query: string, scope: Scope): Promise<Series[]> {
  const step = scope.intervalMs;
  const aligned = (time: Date) => Math.floor(time.getTime() / step) * step;
  const [start, end] = [aligned(scope.from), aligned(scope.to)];
  return await read(url, "query_range", { query, start: seconds(start), end: seconds(end), step: seconds(step) });
}

async function read(url: string, path: string, parameters: Record<string, string>): Promise<Series[]> {
  const response = await fetch(`${url}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) });
  const answer = (await response.json()) as { error?: string; data?: { result: Series[] } };
  if (!answer.data) throw new Error(`Prometheus: ${answer.error ?? response.status}: ${parameters.query}`);
  return answer.data.result;
}

function numberOf(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function frameOf(refId: string, target: Target, { metric, value, values }: Series): Frame {
  const points = values ?? (value ? [value] : []);
  const labels = Object.fromEntries(Object.entries(metric).filter(([name]) => name !== "__name__"));
  const legend = target.legendFormat ?? "";
  const named = legend.replace(/\{\{\s*([^}\s]+)\s*\}\}/g, (_all, label: string) => metric[label] ?? "");
  return {
    refId,
    fields: [
      { name: "Time", kind: "time", values: points.map(([at]) => at * 1_000) },
      {
        ...{ name: "Value", kind: "number", labels, values: points.map(([, text]) => numberOf(text)) },
        ...(legend === "" ? {} : { displayName: named }),
      },
    ],
  };
}

/** A row for each series, a column for each label. */
function tableOf(refId: string, series: readonly Series[]): Frame {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const column = (label: string): Field => ({
    ...{ name: label, kind: "string", values: series.map(({ metric }) => metric[label] ?? "") },
  });
  return {
    refId,
    fields: [
      { name: "Time", kind: "time", values: series.map(({ value }) => (value?.[0] ?? 0) * 1_000) },
      ...labels.map(column),
      { name: "Value", kind: "number", values: series.map(({ value }) => numberOf(value?.[1] ?? "")) },
    ],
  };
}

/** Labels that a legend or table names, to be found on the series. */
export const legendLabels = (target: Target) =>
  [...(target.legendFormat ?? "").matchAll(/\{\{\s*([^}\s]+)\s*\}\}/g)].map(([, label = ""]) => label);

/** Several tables of one panel tell their values apart by the query's letter. */
export function distinctValues(panel: BoardPanel, frames: Frame[]): Frame[] {
  const tables = panel.targets.filter(({ expr, format }) => expr !== undefined && format === "table");
  if (tables.length < 2) return frames;
  const rename = (frame: Frame, field: Field) =>
    field.name === "Value" ? { ...field, name: `Value #${frame.refId}` } : field;
  return frames.map((frame) => ({ ...frame, fields: frame.fields.map((field) => rename(frame, field)) }));
}
