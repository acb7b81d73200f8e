import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { TableCellDisplayMode, TableCellHeight } from "@grafana/grafana-foundation-sdk/common";
import type {
  DashboardLink,
  DynamicConfigValue,
  ThresholdsConfigBuilder,
  ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { named, type PanelText } from "./panels.ts";

export interface Column {
  /** Chinese; its unit stands in it where `unit` has none of its own. */
  title: string;
  /** Pixels. */
  width?: number;
  unit?: string;
  decimals?: number;
  link?: Builder<DashboardLink>;
  /** Texts and times begin at the left, figures end at the right: unless there is room between, they read as one. */
  align?: "center";
  /** Colours the cell's text by value. */
  colours?: ThresholdsConfigBuilder;
  texts?: ValueMapping[];
  /** A sentence: goes on over several lines. */
  wrap?: true;
}

const SHORT_TIME = "time:MM-DD HH:mm";

/** Columns of times show Beijing time to the minute. */
export const atMinute = (title: string): Column => ({ title, unit: SHORT_TIME, width: 120, align: "center" });
/** The same for times that the statement has written out. */
export const atText = (title: string): Column => ({ title, width: 120, align: "center" });

/** A unit of the whole table would make numbers of the texts that look like one; columns have units of their own. */
export type TableText = Omit<PanelText, "unit">;

/**
 * A table in the order of the statement. Each column of the result stands in `columns`, in its order there, or in
 * `hidden` (what links need).
 */
export function table(
  text: TableText,
  query: Builder<Dataquery>,
  columns: Record<string, Column>,
  hidden: readonly string[] = [],
): Table {
  const panel = named(new Table(), text, [query]).cellHeight(TableCellHeight.Sm).showHeader(true).filterable(false);
  for (const [name, column] of Object.entries(columns)) panel.overrideByName(name, properties(column));
  for (const name of hidden) panel.overrideByName(name, HIDDEN);
  return panel;
}

/** A link would take the panel's own text for a value that is not there. */
const HIDDEN: DynamicConfigValue[] = [
  { id: "custom.hidden", value: true },
  { id: "noValue", value: "" },
];

function properties({ title, width, unit, decimals, link, align, colours, texts, wrap }: Column): DynamicConfigValue[] {
  // The panel's own text would stand in each cell that is unknown.
  const values: DynamicConfigValue[] = [
    { id: "displayName", value: title },
    { id: "noValue", value: "—" },
  ];
  if (width !== undefined) values.push({ id: "custom.width", value: width });
  if (unit !== undefined) values.push({ id: "unit", value: unit });
  if (decimals !== undefined) values.push({ id: "decimals", value: decimals });
  if (align) values.push({ id: "custom.align", value: align });
  if (link) values.push({ id: "links", value: [link.build()] });
  if (texts) values.push({ id: "mappings", value: texts });
  if (colours) values.push({ id: "thresholds", value: colours.build() });
  if (wrap) values.push({ id: "custom.cellOptions", value: { type: TableCellDisplayMode.Auto, wrapText: true } });
  if (colours || texts?.some(hasColour))
    values.push({ id: "custom.cellOptions", value: { type: TableCellDisplayMode.ColorText } });
  return values;
}

const hasColour = (mapping: ValueMapping) => JSON.stringify(mapping).includes('"color"');
