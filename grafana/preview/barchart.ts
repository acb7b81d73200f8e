import { legend, type Plot, type Size, svg, ticks, valueAxis } from "./chart.ts";
import { colourOf, seriesColours } from "./colour.ts";
import { cellOf, type FieldStyle, styleOf, thresholdColour } from "./field.ts";
import { format } from "./format.ts";
import { type Field, fieldNamed } from "./frames.ts";
import { element, type Html, html, textWidth } from "./html.ts";
import type { PanelResult } from "./run.ts";

const INK = "#ccccdc";

interface Figure {
  field: Field;
  style: FieldStyle;
  colour: string;
}

/** One group of bars for each value of the field `xField`, upright or lying. */
export function barChart({ panel, frames }: PanelResult, size: Size): Html {
  const [frame] = frames;
  const options = panel.options as { xField?: string; orientation?: string; stacking?: string };
  const category = frame && fieldNamed(frame, options.xField ?? "");
  if (!frame || !category) throw new Error(`there is no column ${options.xField ?? "(xField is not set)"}`);
  const fields = frame.fields.filter((field) => field.kind === "number" && field !== category);
  const styled = fields.map((field) => ({ field, style: styleOf(panel, field) })).filter(({ style }) => !style.hidden);
  const colours = seriesColours(styled.map(({ style }) => style.title));
  const figures = styled.map(({ field, style }): Figure => {
    const fixed = style.color?.mode === "fixed" ? style.color.fixedColor : undefined;
    return { field, style, colour: fixed ? colourOf(fixed) : (colours.get(style.title) ?? INK) };
  });
  const style = styleOf(panel, category);
  const groups = category.values.map((value) => cellOf(style, category, value, () => "").text);
  const isStacked = options.stacking === "normal";
  const sums = groups.map((_none, row) =>
    figures.reduce(
      (sum, { field }) =>
        isStacked ? sum + Number(field.values[row] ?? 0) : Math.max(sum, Number(field.values[row] ?? 0)),
      0,
    ),
  );
  const high = Math.max(...sums, 0) || 1;
  const entries = figures.map((figure) => ({ name: figure.style.title, colour: figure.colour }));
  const below = legend(
    panel.options.legend && (panel.options.legend as { showLegend?: boolean }).showLegend ? entries : [],
    size,
  );
  const drawn = { groups, figures, high, isStacked, below: below.height };
  return svg(size, [options.orientation === "horizontal" ? lying(drawn, size) : upright(drawn, size), below.svg]);
}

interface Drawn {
  groups: string[];
  figures: Figure[];
  high: number;
  isStacked: boolean;
  below: number;
}

const colourAt = ({ style, colour }: Figure, value: number) =>
  style.color?.mode === "thresholds" ? (thresholdColour(style.thresholds, value) ?? colour) : colour;
const textOf = ({ style }: Figure, value: number) => format(value, style.unit, style.decimals ?? undefined);

/** Where each bar begins and ends along its scale. */
function bars({ groups, figures, isStacked }: Drawn) {
  return groups.flatMap((_none, row) => {
    let sum = 0;
    return figures.flatMap((figure, index) => {
      const value = figure.field.values[row];
      if (typeof value !== "number") return [];
      const low = isStacked ? sum : 0;
      sum += value;
      return [{ row, index: isStacked ? 0 : index, figure, value, low, high: low + value }];
    });
  });
}

function upright(drawn: Drawn, size: Size): Html {
  const { groups, figures, high, isStacked, below } = drawn;
  const texts = ticks(0, high * 1.1, 5).map((value) => ({
    value,
    text: figures[0] ? textOf(figures[0], value) : String(value),
  }));
  const left = Math.max(20, ...texts.map(({ text }) => textWidth(text, 12))) + 12;
  const plot: Plot = { left, top: 10, width: size.width - left - 8, height: size.height - below - 38 };
  const group = plot.width / Math.max(1, groups.length);
  const width = (group * 0.7) / (isStacked ? 1 : Math.max(1, figures.length));
  const y = (value: number) => plot.top + plot.height - (value / (high * 1.1)) * plot.height;
  return html`${valueAxis(
    plot,
    texts.map(({ value, text }) => ({ y: y(value), text })),
  )}${bars(drawn).map(({ row, index, figure, value, low, high: top }) => {
    const x = plot.left + row * group + group * 0.15 + index * width;
    const label = { x: x + width / 2, y: y(top) - 4, "text-anchor": "middle", fill: INK, "font-size": 11 };
    return [
      element("rect", { x, y: y(top), width: width * 0.94, height: y(low) - y(top), fill: colourAt(figure, value) }),
      !isStacked && width > textWidth(textOf(figure, value), 11) ? element("text", label, textOf(figure, value)) : null,
    ];
  })}${groups.map((text, row) => {
    const shown =
      textWidth(text, 12) > group ? `${[...text].slice(0, Math.max(1, Math.floor(group / 12) - 1)).join("")}…` : text;
    const x = plot.left + (row + 0.5) * group;
    return element(
      "text",
      { x, y: plot.top + plot.height + 18, "text-anchor": "middle", fill: INK, "font-size": 12 },
      shown,
    );
  })}`;
}

function lying(drawn: Drawn, size: Size): Html {
  const { groups, figures, high, isStacked, below } = drawn;
  const left = Math.min(size.width * 0.4, Math.max(20, ...groups.map((text) => textWidth(text, 12))) + 14);
  const plot: Plot = { left, top: 6, width: size.width - left - 50, height: size.height - below - 12 };
  const group = plot.height / Math.max(1, groups.length);
  const width = (group * 0.75) / (isStacked ? 1 : Math.max(1, figures.length));
  const x = (value: number) => plot.left + (value / high) * plot.width;
  return html`${bars(drawn).map(({ row, index, figure, value, low, high: end }) => {
    const y = plot.top + row * group + group * 0.12 + index * width;
    return [
      element("rect", { x: x(low), y, width: x(end) - x(low), height: width * 0.94, fill: colourAt(figure, value) }),
      isStacked
        ? null
        : element("text", { x: x(end) + 4, y: y + width / 2 + 4, fill: INK, "font-size": 11 }, textOf(figure, value)),
    ];
  })}${groups.map((text, row) =>
    group < 9 && row % Math.ceil(9 / group) !== 0
      ? null
      : element(
          "text",
          {
            x: left - 6,
            y: plot.top + (row + 0.5) * group + 4,
            "text-anchor": "end",
            fill: INK,
            "font-size": Math.min(12, Math.max(8, group)),
          },
          text,
        ),
  )}`;
}
