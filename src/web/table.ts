import { type Html, html } from "./html.ts";

/** `wordy` for sentences, `moment` for times. */
type Look = "number" | "wordy" | "moment";

export interface Column {
  label: string;
  look?: Look;
}

/** One cell for each column; the first one names the row. On a phone each row becomes a card with its labels. */
export function table(caption: Html, columns: readonly Column[], rows: readonly (readonly Html[])[]): Html {
  const head = columns.map(({ label, look }) => html`<th scope="col"${classOf(look)}>${label}</th>`);
  const body = rows.map((cells) => {
    const [name, ...rest] = cells.map((cell, index) => cellOf(cell, columns[index], index));
    return html`<tr>${name ?? ""}${rest}</tr>
`;
  });
  return html`<table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table>`;
}

function cellOf(cell: Html, column: Column | undefined, index: number): Html {
  if (index === 0) return html`<th scope="row">${cell}</th>`;
  return html`<td${classOf(column?.look)} data-label="${column?.label ?? ""}">${cell}</td>`;
}

const classOf = (look: Look | undefined) => (look === undefined ? html`` : html` class="${look}"`);
