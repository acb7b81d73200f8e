export type Kind = "time" | "number" | "string" | "boolean";
/** Times are milliseconds since 1970. */
export type Value = number | string | boolean | null;

export interface Field {
  name: string;
  kind: Kind;
  labels?: Record<string, string>;
  /** What the data source calls it. */
  displayName?: string;
  values: Value[];
}

/** As Grafana's data frame: columns of one length. */
export interface Frame {
  refId: string;
  /** Of a statement, before a time series was made of its rows. */
  columns?: string[];
  fields: Field[];
}

export const lengthOf = (frame: Frame) => frame.fields[0]?.values.length ?? 0;
export const fieldNamed = (frame: Frame, name: string) => frame.fields.find((field) => field.name === name);

/**
 * Rows `time, metric, value` as a time column and one value column for each metric, as Grafana's Postgres data source
 * makes them. Throws as it does.
 */
export function longToWide(frame: Frame): Frame {
  const time = fieldNamed(frame, "time");
  if (time?.kind !== "time") throw new Error("a time series needs a column time of times");
  const names = frame.fields.filter((field) => field !== time && field.kind === "string");
  const figures = frame.fields.filter((field) => field !== time && field.kind === "number");
  if (figures.length === 0) throw new Error("a time series needs a column of numbers");
  if (names.length === 0) return { ...frame, fields: [{ ...time, name: "Time" }, ...figures] };
  const times: number[] = [];
  const series = new Map<string, Field>();
  for (const [row, at] of time.values.entries()) {
    if (typeof at !== "number") throw new Error("a time series has a row without a time");
    const last = times.at(-1);
    if (last !== undefined && at < last) throw new Error("long series must be sorted ascending by time");
    if (at !== last) times.push(at);
    const labels = Object.fromEntries(names.map((field) => [field.name, String(field.values[row] ?? "")]));
    for (const figure of figures) {
      const alone = frame.fields.length === 3 && labels.metric !== undefined;
      const name = alone ? (labels.metric ?? "") : figure.name;
      const key = JSON.stringify([name, labels]);
      const field = series.get(key) ?? { name, kind: "number", values: [], ...(alone ? {} : { labels }) };
      series.set(key, field);
      while (field.values.length < times.length - 1) field.values.push(null);
      field.values[times.length - 1] = figure.values[row] ?? null;
    }
  }
  for (const field of series.values()) while (field.values.length < times.length) field.values.push(null);
  return { ...frame, fields: [{ name: "Time", kind: "time", values: times }, ...series.values()] };
}
