import type { Size } from "./chart.ts";
import { cellOf, styleOf, thresholdColour } from "./field.ts";
import { type Html, html, textWidth } from "./html.ts";
import type { PanelResult } from "./run.ts";

/** One large figure for each series: its last known value, its name above. */
export function stat({ panel, frames }: PanelResult, size: Size): Html {
  const options = panel.options as { textMode?: string; text?: { titleSize?: number; valueSize?: number } };
  const figures = frames.flatMap((frame) =>
    frame.fields
      .filter(({ kind }) => kind === "number")
      .map((field) => {
        const style = styleOf(panel, field);
        const value = field.values.filter((one) => one !== null).at(-1) ?? null;
        const { text, colour } = cellOf(style, field, value, () => "");
        const plain = value === null ? null : thresholdColour(style.thresholds, Number(value));
        return { title: style.title, text, colour: colour ?? plain ?? "#ccccdc", hidden: style.hidden };
      }),
  );
  const shown = figures.filter(({ hidden }) => !hidden);
  const withName = options.textMode !== "value" && (options.textMode !== "auto" || shown.length > 1);
  const across = shown.length > 0 && size.width / shown.length >= size.height / shown.length;
  const box = across
    ? { width: size.width / Math.max(1, shown.length), height: size.height }
    : { width: size.width, height: size.height / Math.max(1, shown.length) };
  const titleSize = options.text?.titleSize ?? Math.min(30, box.height * 0.15);
  const room = box.height - (withName ? titleSize * 1.2 : 0) - 12;
  const split = (text: string) => /^([-\d.,]+)(\D+)$/.exec(text)?.slice(1) ?? [text];
  return html`<div class="figures${across ? "" : " down"}">${shown.map(({ title, text, colour }) => {
    const [number = "", suffix = ""] = split(text);
    const valueSize =
      options.text?.valueSize ??
      Math.max(12, Math.min(room / 1.2, (box.width - 20) / (textWidth(number, 1) + textWidth(suffix, 0.6) || 1)));
    return html`<div class="figure">${withName && html`<div style="font-size:${titleSize}px">${title}</div>`}
<div style="font-size:${valueSize.toFixed(1)}px;color:${colour}" class="value">${number}<small>${suffix}</small></div></div>`;
  })}</div>`;
}
