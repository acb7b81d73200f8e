import { type Entry, legend, type Plot, type Size, svg, timeAxis } from "./chart.ts";
import { colourOf } from "./colour.ts";
import { cellOf, thresholdColour } from "./field.ts";
import { format } from "./format.ts";
import { element, type Html, textWidth } from "./html.ts";
import type { PanelResult } from "./run.ts";
import { linesOf } from "./timeseries.ts";

const INK = "#ccccdc";

/**
 * A row for each series of the first page, and a cell for each time that any of them has: all as wide as the first two
 * times are apart, none where there is but one.
 */
export function statusHistory(result: PanelResult, size: Size): Html {
  const all = linesOf(result);
  const perPage = Number(result.panel.options.perPage ?? 0);
  const lines = perPage > 0 ? all.slice(0, perPage) : all;
  const times = [...new Set(lines.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
  if (times.length > size.width) throw new Error(`too many points to visualize properly (${times.length})`);
  const below = legend(lines[0] ? stepsOf(lines[0].style) : [], size);
  const left = Math.min(size.width * 0.4, Math.max(20, ...lines.map(({ title }) => textWidth(title, 12))) + 12);
  const plot: Plot = { left, top: 4, width: size.width - left - 12, height: size.height - below.height - 28 };
  const row = plot.height / Math.max(1, lines.length);
  const first = times[0] ?? 0;
  const step = (times[1] ?? first) - first;
  const to = (times.at(-1) ?? first) + Math.max(step, 1);
  const cell = (plot.width / Math.max(1, (to - first) / step)) * 0.9;
  const x = (at: number) => plot.left + ((at - first) / (to - first)) * plot.width;
  return svg(size, [
    timeAxis(plot, first, to),
    ...lines.flatMap(({ style, points }, index) =>
      points.flatMap(({ at, value }) => {
        if (value === null) return [];
        const field = { name: "", kind: "number", values: [] } as const;
        const { text, colour } = cellOf(style, { ...field, values: [] }, value, () => "");
        return [
          element(
            "rect",
            {
              ...{
                x: x(at),
                y: plot.top + index * row + row * 0.05,
                width: cell,
                height: row * 0.9,
                "fill-opacity": 0.9,
              },
              fill: colour ?? INK,
            },
            element("title", {}, text),
          ),
        ];
      }),
    ),
    ...lines.map(({ title }, index) =>
      element(
        "text",
        {
          ...{ x: left - 6, y: plot.top + (index + 0.5) * row + 4, "text-anchor": "end", fill: INK },
          "font-size": Math.min(12, Math.max(7, row)),
        },
        title,
      ),
    ),
    ...(all.length > lines.length ? [pager(size, all.length - lines.length)] : []),
    below.svg,
  ]);
}

function pager({ width, height }: Size, more: number): Html {
  const place = { x: width - 8, y: height - 4, "text-anchor": "end" };
  return element("text", { ...place, fill: INK, "font-size": 12 }, `另有 ${more} 行，翻页可见`);
}

/** What each colour means: texts of values, else the steps of the scale. */
function stepsOf(style: Parameters<typeof cellOf>[0]): Entry[] {
  const named = (style.mappings ?? []).flatMap(({ type, options }) =>
    type === ("value" as string) ? Object.values(options as Record<string, { text?: string; color?: string }>) : [],
  );
  if (named.length > 0)
    return named.map(({ text = "", color }) => ({ name: text, colour: color ? colourOf(color) : INK }));
  const steps = style.thresholds?.steps ?? [];
  return steps.map(({ value }, index) => {
    const next = steps[index + 1]?.value ?? null;
    const from =
      value === null ? `< ${next === null ? "" : format(next, style.unit)}` : `${format(value, style.unit)}+`;
    return { name: from, colour: thresholdColour(style.thresholds, value) ?? INK };
  });
}
