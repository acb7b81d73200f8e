import type { Size } from "./chart.ts";
import { cellOf, type FieldStyle, fillLink, styleOf } from "./field.ts";
import { type Field, lengthOf } from "./frames.ts";
import { type Html, html } from "./html.ts";
import type { PanelResult } from "./run.ts";

const ROW_PX = 32;

/** The first frame's rows as far as the panel's height goes, as a screen shows it before anybody scrolls. */
export function table({ panel, frames }: PanelResult, size: Size): Html {
  const [frame] = frames;
  if (!frame) throw new Error("a table needs a frame");
  const columns = frame.fields
    .map((field) => ({ field, style: styleOf(panel, field) }))
    .filter(({ style }) => !style.hidden);
  const rows = lengthOf(frame);
  const visible = Math.min(rows, Math.max(1, Math.floor((size.height - ROW_PX) / ROW_PX)));
  const cells = (row: number) =>
    columns.map(({ field, style }) => {
      const cell = cellOf(style, field, field.values[row] ?? null, (link) => fillLink(link, frame, row));
      const colour = style.coloured && cell.colour ? `color:${cell.colour}` : "";
      const look = [alignOf(style), colour].filter((part) => part !== "").join(";");
      const text = cell.url === null ? cell.text : html`<a href="${cell.url}">${cell.text}</a>`;
      return html`<td class="${field.kind}" style="${look}" title="${cell.text}">${text}</td>`;
    });
  return html`<table><colgroup>${columns.map(widthOf)}</colgroup>
<thead><tr>${columns.map(({ field, style }) => html`<th class="${field.kind}" style="${alignOf(style)}">${style.title}</th>`)}</tr></thead>
<tbody>${Array.from({ length: visible }, (_none, row) => html`<tr>${cells(row)}</tr>`)}</tbody></table>
${rows > visible && html`<div class="more">另有 ${rows - visible} 行，滚动可见</div>`}`;
}

const alignOf = ({ align }: FieldStyle) => (align === null ? "" : `text-align:${align}`);

function widthOf({ style }: { field: Field; style: FieldStyle }): Html {
  return style.width === null ? html`<col>` : html`<col style="width:${style.width}px">`;
}
