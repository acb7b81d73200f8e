import { barChart } from "./barchart.ts";
import type { BoardPanel } from "./board.ts";
import type { Size } from "./chart.ts";
import { moment } from "./format.ts";
import { lengthOf } from "./frames.ts";
import { Html, html, markdown } from "./html.ts";
import type { BoardResult, Mark, PanelResult } from "./run.ts";
import { stat } from "./stat.ts";
import { statusHistory } from "./statusHistory.ts";
import { STYLE } from "./style.ts";
import { table } from "./table.ts";
import { timeSeries } from "./timeseries.ts";

const WIDTH = 1_904;
const CELL = WIDTH / 24;
const ROW = 38;
const GAP = 8;

const CHARTS: Record<string, (result: PanelResult, size: Size, marks: readonly Mark[]) => Html> = {
  ...{ stat, table, timeseries: timeSeries, barchart: barChart, "status-history": statusHistory },
  text: ({ panel }) => html`<div class="text">${markdown(String(panel.options.content ?? ""))}</div>`,
};

export interface RenderOptions {
  /** Without Grafana's head, as on a wall. */
  kiosk?: boolean;
}

/** A whole page that looks like the board: the same grid, titles, figures and colours. */
export function renderBoard(result: BoardResult, { kiosk = false }: RenderOptions = {}): string {
  const { board, range } = result;
  const bottom = Math.max(0, ...result.panels.map(({ panel }) => panel.gridPos.y + panel.gridPos.h));
  const shown = [...result.variables.values()].filter(({ hidden }) => !hidden);
  const links = (board.links ?? []).map(({ title, url }) => html`<a href="${url ?? ""}">${title}</a> `);
  const page = html`<header${new Html(kiosk ? " hidden" : "")}><b>${board.title ?? ""}</b> <span>${board.description ?? ""}</span>
<nav>${links}</nav><div class="controls">${shown.map(({ label, text }) => html`<label>${label} <em>${text}</em></label> `)}
<span>${moment(range.from.getTime(), "YYYY-MM-DD HH:mm")} 至 ${moment(range.to.getTime(), "YYYY-MM-DD HH:mm")}</span></div></header>
${result.errors.map((error) => html`<p class="error">${error}</p>`)}
<main style="height:${bottom * ROW}px">${result.panels.map((one) => placed(one, result.marks))}</main>`;
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>${html`${board.title ?? ""}`.source}</title>
<style>${STYLE}</style><body>${page.source}</body></html>`;
}

function placed(result: PanelResult, marks: readonly Mark[]): Html {
  const { panel } = result;
  const { x, y, w, h } = panel.gridPos;
  const size = { width: w * CELL - GAP - 18, height: h * ROW - GAP - 46 };
  const box = `left:${x * CELL}px;top:${y * ROW}px;width:${w * CELL - GAP}px;height:${h * ROW - GAP}px`;
  if (panel.type === "row") return html`<h2 style="${box}">${panel.title ?? ""}</h2>`;
  const classes = `panel ${panel.type}${panel.transparent ? " transparent" : ""}`;
  return html`<section class="${classes}" style="${box}"><h3>${panel.title ?? ""}<span title="${panel.description ?? ""}">ⓘ</span></h3>
${content(result, size, marks)}</section>`;
}

function content(result: PanelResult, size: Size, marks: readonly Mark[]): Html {
  const { panel, frames, error } = result;
  const draw = CHARTS[panel.type];
  if (error !== null) return html`<p class="error">${error}</p>`;
  if (!draw) return html`<p class="error">unknown panel ${panel.type}</p>`;
  if (panel.type !== "text" && isEmpty(panel, frames))
    return html`<p class="empty">${panel.fieldConfig.defaults.noValue ?? "No data"}</p>`;
  try {
    return draw(result, size, marks);
  } catch (fault) {
    return html`<p class="error">${(fault as Error).message}</p>`;
  }
}

/** A stat of nothing but unknown values shows its own text. */
function isEmpty(panel: BoardPanel, frames: PanelResult["frames"]): boolean {
  if (frames.every((frame) => lengthOf(frame) === 0)) return true;
  if (panel.type !== "timeseries" && panel.type !== "status-history") return false;
  return frames.every((frame) =>
    frame.fields.every(({ kind, values }) => kind !== "number" || values.every((one) => one === null)),
  );
}
