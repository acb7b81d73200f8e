import { type Entry, legend, marksOver, type Plot, type Size, svg, ticks, timeAxis, valueAxis } from "./chart.ts";
import { colourOf, seriesColours } from "./colour.ts";
import { type FieldStyle, styleOf } from "./field.ts";
import { format } from "./format.ts";
import { element, type Html, textWidth } from "./html.ts";
import type { Mark, PanelResult } from "./run.ts";

export interface Line {
  title: string;
  colour: string;
  style: FieldStyle;
  points: { at: number; value: number | null }[];
}

/** Series of all frames with a colour each. */
export function linesOf({ panel, frames }: PanelResult): Line[] {
  const lines = frames.flatMap((frame) => {
    const times = frame.fields.find(({ kind }) => kind === "time")?.values ?? [];
    return frame.fields
      .filter(({ kind }) => kind === "number")
      .map((field) => ({
        style: styleOf(panel, field),
        points: times.map((at, row) => ({ at: Number(at), value: (field.values[row] ?? null) as number | null })),
      }));
  });
  const shown = lines.filter(({ style }) => !style.hidden);
  const colours = seriesColours(shown.map(({ style }) => style.title));
  return shown.map(({ style, points }) => {
    const fixed = style.color?.mode === "fixed" ? style.color.fixedColor : undefined;
    const colour = fixed === undefined ? (colours.get(style.title) ?? "#ccccdc") : colourOf(fixed);
    return { title: style.title, colour, style, points };
  });
}

/** On top of each other, by time; what is unknown adds nothing. */
function stacked(lines: readonly Line[]): { low: number; high: number; at: number; line: Line }[] {
  const heights = new Map<number, number>();
  return lines.flatMap((line) =>
    line.points.flatMap(({ at, value }) => {
      if (value === null) return [];
      const low = heights.get(at) ?? 0;
      heights.set(at, low + value);
      return [{ low, high: low + value, at, line }];
    }),
  );
}

export function timeSeries(result: PanelResult, size: Size, marks: readonly Mark[]): Html {
  const lines = linesOf(result);
  const custom = lines[0]?.style.custom ?? {};
  const isStacked = (custom.stacking as { mode?: string } | undefined)?.mode === "normal";
  const isBars = custom.drawStyle === "bars";
  const from = result.scope.from.getTime();
  const to = result.scope.to.getTime();
  const bars = isStacked ? stacked(lines) : [];
  const values = lines.flatMap(({ points }) => points.flatMap(({ value }) => (value === null ? [] : [value])));
  const style = lines[0]?.style;
  const high = Math.max(style?.max ?? Number.NEGATIVE_INFINITY, ...values, ...bars.map((bar) => bar.high)) || 1;
  // Bars stand on zero; a line fills the height with its own range.
  const least = Math.min(...values, high);
  const isFlat = isBars || isStacked || least === high;
  const low =
    style?.min ?? (isFlat ? Math.min(0, least) : Math.max(least >= 0 ? 0 : least * 2, least - (high - least) * 0.1));
  const top = high + (high - low) * 0.05;
  const texts = ticks(low, top, 5).map((value) => ({
    value,
    text: format(value, style?.unit, style?.decimals ?? undefined),
  }));
  const below = legend(
    lines.map(({ title, colour }): Entry => ({ name: title, colour })),
    size,
  );
  const left = Math.max(...texts.map(({ text }) => textWidth(text, 12)), 20) + 12;
  const plot: Plot = { left, top: 8, width: size.width - left - 12, height: size.height - below.height - 34 };
  const x = (at: number) => plot.left + ((at - from) / (to - from)) * plot.width;
  const y = (value: number) => plot.top + plot.height - ((value - low) / (top - low)) * plot.height;
  const width = barWidth(lines, plot.width / (to - from));
  const single = (line: Line) =>
    line.points.flatMap(({ at, value }) => (value === null ? [] : [{ low: 0, high: value, at, line }]));
  const columns = isStacked && isBars ? bars : isBars ? lines.flatMap(single) : [];
  return svg(size, [
    valueAxis(
      plot,
      texts.map(({ value, text }) => ({ y: y(value), text })),
    ),
    timeAxis(plot, from, to),
    marksOver(plot, from, to, marks),
    ...columns.map((bar) => {
      const start = Math.max(plot.left, x(bar.at) - width / 2);
      const end = Math.min(plot.left + plot.width, x(bar.at) + width / 2);
      return element("rect", {
        ...{ x: start, width: Math.max(0, end - start), fill: bar.line.colour, "fill-opacity": 0.8 },
        ...{ y: y(bar.high), height: Math.max(0.5, y(bar.low) - y(bar.high)) },
      });
    }),
    ...(isBars ? [] : lines.flatMap((line) => path(line, x, y))),
    below.svg,
  ]);
}

/** As wide as the smallest distance between two times leaves room. */
function barWidth(lines: readonly Line[], perMs: number): number {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  return gaps.length === 0 ? 20 : Math.max(1, Math.min(...gaps) * perMs * 0.7);
}

/** A line that ends where nothing is known; a point alone is a dot. */
function path(line: Line, x: (at: number) => number, y: (value: number) => number): Html[] {
  const runs: { at: number; value: number }[][] = [[]];
  for (const { at, value } of line.points) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push({ at, value });
  }
  return runs
    .filter((run) => run.length > 0)
    .map((run) => {
      const [only] = run;
      if (run.length === 1 && only)
        return element("circle", { cx: x(only.at), cy: y(only.value), r: 2.5, fill: line.colour });
      const points = run.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      return element("polyline", { points, fill: "none", stroke: line.colour, "stroke-width": 2 });
    });
}
