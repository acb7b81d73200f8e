import { colourOf } from "./colour.ts";
import { moment } from "./format.ts";
import { element, type Html, html, textWidth } from "./html.ts";
import type { Mark } from "./run.ts";

export interface Size {
  width: number;
  height: number;
}

export interface Plot extends Size {
  left: number;
  top: number;
}

export interface Entry {
  name: string;
  colour: string;
}

const GRID = "#2c3038";
const INK = "#9fa3ad";
const FONT = 12;
const LINE = 18;

/** Round values that a scale names, from `low` to `high`. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power * 10;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_none, index) => first + index * step);
}

const TIME_STEPS_MS = [
  ...[1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000],
  ...[1, 2, 5, 7, 14, 30, 90, 180].map((days) => days * 86_400_000),
];
const BEIJING_MS = 8 * 3_600_000;

export function timeTicks(from: number, to: number, count: number): { at: number; text: string }[] {
  const step = TIME_STEPS_MS.find((one) => one >= (to - from) / count) ?? 365 * 86_400_000;
  const pattern =
    step >= 86_400_000 ? "MM-DD" : step >= 3_600_000 ? "MM-DD HH:mm" : step >= 60_000 ? "HH:mm" : "HH:mm:ss";
  const first = Math.ceil((from + BEIJING_MS) / step) * step - BEIJING_MS;
  const texts = [];
  for (let at = first; at <= to; at += step) texts.push({ at, text: moment(at, pattern) });
  return texts;
}

/** The lines and texts of a scale on the left. */
export function valueAxis(plot: Plot, values: readonly { y: number; text: string }[]): Html {
  return html`${values.map(({ y, text }) => [
    element("line", { x1: plot.left, x2: plot.left + plot.width, y1: y, y2: y, stroke: GRID }),
    element("text", { x: plot.left - 6, y: y + 4, "text-anchor": "end", fill: INK, "font-size": FONT }, text),
  ])}`;
}

export function timeAxis(plot: Plot, from: number, to: number): Html {
  const x = (at: number) => plot.left + ((at - from) / (to - from)) * plot.width;
  return html`${timeTicks(from, to, Math.max(2, plot.width / 90)).map(({ at, text }) => [
    element("line", { x1: x(at), x2: x(at), y1: plot.top, y2: plot.top + plot.height, stroke: GRID }),
    element(
      "text",
      { x: x(at), y: plot.top + plot.height + 16, "text-anchor": "middle", fill: INK, "font-size": FONT },
      text,
    ),
  ])}`;
}

/** Alerts, faults and holidays over a chart of times. */
export function marksOver(plot: Plot, from: number, to: number, marks: readonly Mark[]): Html {
  const x = (at: number) => plot.left + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * plot.width;
  const shown = marks.filter((mark) => mark.from <= to && (mark.to ?? mark.from) >= from);
  return html`${shown.map((mark) => {
    const colour = colourOf(mark.annotation.iconColor);
    const left = x(mark.from);
    const title = element("title", {}, mark.text);
    const line = { x1: left, x2: left, y1: plot.top, y2: plot.top + plot.height };
    return [
      mark.to === null
        ? null
        : element("rect", {
            ...{ x: left, y: plot.top, width: Math.max(1, x(mark.to) - left), height: plot.height },
            ...{ fill: colour, opacity: 0.12 },
          }),
      element("line", { ...line, stroke: colour, "stroke-dasharray": "4 3", opacity: 0.8 }, title),
    ];
  })}`;
}

/** The legend's lines below a chart; `height` is what it takes. */
export function legend(entries: readonly Entry[], size: Size): { height: number; svg: Html } {
  let [x, row] = [8, 0];
  const rows = Math.max(1, Math.floor((size.height * 0.35) / LINE));
  const placed = entries.map((entry) => {
    const width = textWidth(entry.name, FONT) + 34;
    if (x + width > size.width && x > 8) {
      x = 8;
      row += 1;
    }
    const at = { entry, x, row };
    x += width;
    return at;
  });
  const seen = Math.min(rows, row + 1);
  const top = size.height - seen * LINE + 12;
  const svg = html`${placed
    .filter((one) => one.row < seen)
    .map((one) => [
      element("rect", { x: one.x, y: top + one.row * LINE - 6, width: 14, height: 4, fill: one.entry.colour }),
      element("text", { x: one.x + 20, y: top + one.row * LINE, fill: "#ccccdc", "font-size": FONT }, one.entry.name),
    ])}`;
  return { height: entries.length === 0 ? 0 : seen * LINE + 4, svg };
}

export function svg({ width, height }: Size, content: Html | readonly Html[]): Html {
  return element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" }, content);
}
