import type {
  DashboardLink,
  FieldConfig,
  ThresholdsConfig,
  ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { BoardPanel } from "./board.ts";
import { colourOf } from "./colour.ts";
import { format } from "./format.ts";
import type { Field, Frame, Value } from "./frames.ts";
import { fieldNamed } from "./frames.ts";

/** How one field is shown: the panel's defaults and what its overrides say. */
export interface FieldStyle extends Omit<FieldConfig, "custom"> {
  title: string;
  hidden: boolean;
  width: number | null;
  align: string | null;
  coloured: boolean;
  custom: Record<string, unknown>;
}

export interface Cell {
  text: string;
  colour: string | null;
  url: string | null;
}

/** What Grafana shows as the name of a series. */
export function nameOf(field: Field): string {
  if (field.displayName !== undefined && field.displayName !== "") return field.displayName;
  const labels = Object.entries(field.labels ?? {});
  if (labels.length === 0) return field.name;
  return `${field.name === "Value" ? "" : `${field.name} `}{${labels.map(([name, value]) => `${name}="${value}"`).join(", ")}}`;
}

export function matches(matcher: { id: string; options?: unknown }, field: Field): boolean {
  const { id, options } = matcher;
  if (id === "byName") return options === field.name || options === nameOf(field);
  if (id === "byType") return options === field.kind;
  if (id === "byRegexp") {
    const [, source = String(options), flags = ""] = /^\/(.*)\/(\w*)$/.exec(String(options)) ?? [];
    return new RegExp(source, flags).test(nameOf(field));
  }
  throw new Error(`unknown matcher ${id}`);
}

export function styleOf(panel: BoardPanel, field: Field): FieldStyle {
  const { defaults, overrides } = panel.fieldConfig;
  const properties = overrides
    .filter(({ matcher }) => matches(matcher, field))
    .flatMap((override) => override.properties.map(({ id, value }) => [id, value] as const));
  const plain = Object.fromEntries(properties.filter(([id]) => !id.startsWith("custom.")));
  const own = properties.filter(([id]) => id.startsWith("custom.")).map(([id, value]) => [id.slice(7), value] as const);
  const custom = { ...(defaults.custom as object | undefined), ...Object.fromEntries(own) } as Record<string, unknown>;
  const style = { ...defaults, ...plain } as FieldConfig;
  const { type = "auto" } = (custom.cellOptions ?? {}) as { type?: string };
  const hideFrom = custom.hideFrom as { viz?: boolean } | undefined;
  return {
    ...style,
    title: style.displayName ?? nameOf(field),
    hidden: custom.hidden === true || hideFrom?.viz === true,
    width: typeof custom.width === "number" ? custom.width : null,
    align: typeof custom.align === "string" && custom.align !== "auto" ? custom.align : null,
    coloured: type !== "auto",
    custom,
  };
}

export function thresholdColour(thresholds: ThresholdsConfig | undefined, value: number | null): string | null {
  const steps = thresholds?.steps ?? [];
  const reached = steps.filter((step) => step.value === null || (value !== null && value >= step.value));
  const colour = reached.at(-1)?.color;
  return colour === undefined ? null : colourOf(colour);
}

function mapped(mappings: readonly ValueMapping[], value: Value): { text?: string; color?: string } | null {
  for (const { type, options } of mappings as readonly { type: string; options: Record<string, unknown> }[]) {
    if (type === "value") {
      const result = options[String(value)];
      if (value !== null && result) return result as { text?: string; color?: string };
    } else if (type === "special") {
      const { match, result } = options as { match: string; result: { text?: string; color?: string } };
      const is = {
        null: value === null,
        "null+nan": value === null,
        empty: value === "",
        true: value === true,
        false: value === false,
      };
      if (is[match as keyof typeof is]) return result;
    } else if (type === "range") {
      const { from, to, result } = options as { from: number | null; to: number | null; result: { text?: string } };
      const number = typeof value === "number";
      if (number && value >= (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY))
        return result;
    } else throw new Error(`unknown mapping ${type}`);
  }
  return null;
}

export function cellOf(style: FieldStyle, field: Field, value: Value, links: (link: DashboardLink) => string): Cell {
  const url = style.links?.[0] ? links(style.links[0]) : null;
  const hit = mapped(style.mappings ?? [], value);
  const number = typeof value === "number" ? value : null;
  const colour = hit?.color ? colourOf(hit.color) : thresholdColour(style.thresholds, number);
  if (hit?.text !== undefined) return { text: hit.text, colour, url };
  if (value === null) return { text: style.noValue ?? "", colour, url };
  if (field.kind === "time") return { text: format(Number(value), style.unit ?? "dateTimeAsIso"), colour, url };
  if (field.kind === "number")
    return { text: format(Number(value), style.unit, style.decimals ?? undefined), colour, url };
  return { text: String(value), colour: hit?.color ? colour : null, url };
}

/** A link with the row's own values filled in; throws when it names a column that is not there. */
export function fillLink(link: Pick<DashboardLink, "url">, frame: Frame, row: number): string {
  return (link.url ?? "").replace(/\$\{__data\.fields\.([^}:]+)(?::([^}]+))?\}/g, (_all, name: string) => {
    const field = fieldNamed(frame, name) ?? frame.fields.find((one) => nameOf(one) === name);
    if (!field) throw new Error(`a link names the column ${name}, which the query does not have`);
    return encodeURIComponent(String(field.values[row] ?? ""));
  });
}
