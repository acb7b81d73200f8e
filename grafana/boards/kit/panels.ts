import { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  type DataSourceRef,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  FieldColorBuilder,
  FieldColorModeId,
  type ThresholdsConfigBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StatusHistory } from "@grafana/grafana-foundation-sdk/statushistory";
import { PanelBuilder as Text, TextMode } from "@grafana/grafana-foundation-sdk/text";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { COLOUR, type Colour, NEUTRAL } from "./scale.ts";

/**
 * What a panel says of itself; `unit` by Grafana's id. `suffix: 篇` and the like, or `locale`, for what leaders read:
 * `short` and the units of time write letters and English words after the figure.
 */
export interface PanelText {
  title: string;
  description: string;
  unit: string;
  /** Read instead of a figure or chart where there is no data. */
  noValue: string;
}

type Query = Builder<Dataquery & { datasource?: DataSourceRef }>;
/** All that the panel kinds have in common. */
interface Common<Self> {
  title(title: string): Self;
  description(description: string): Self;
  unit(unit: string): Self;
  noValue(text: string): Self;
  datasource(source: DataSourceRef): Self;
  targets(queries: Query[]): Self;
}

type Named = Omit<PanelText, "unit">;

export function named<Kind extends Common<Kind>>(panel: Kind, text: Named, queries: readonly Query[]): Kind {
  const named = queries.map((query, index) => withRefId(query, String.fromCharCode(65 + index)));
  const { title, description, noValue } = text;
  return panel
    .title(title)
    .description(description)
    .noValue(noValue)
    .datasource(queries[0]?.build().datasource ?? {})
    .targets(named);
}

function measured<Kind extends Common<Kind>>(panel: Kind, text: PanelText, queries: readonly Query[]): Kind {
  return named(panel, text, queries).unit(text.unit);
}

function withRefId(query: Query, refId: string): Query {
  return { build: () => ({ ...query.build(), refId }) };
}

/** One large figure per series, its as-of line (`metric`) above it: small enough to fit a panel four columns wide. */
export function stat(text: PanelText, query: Query, colours: ThresholdsConfigBuilder = NEUTRAL): Stat {
  return measured(new Stat(), text, [query])
    .thresholds(colours)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false).fields(""))
    .text(new VizTextDisplayOptionsBuilder().titleSize(14))
    .wideLayout(false);
}

/** The SDK's own is 20: the others would stand on further pages. */
const MOST_ROWS = 100;

const legend = () =>
  new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true);
const tooltip = (mode = TooltipDisplayMode.Multi) => new VizTooltipOptionsBuilder().mode(mode);
const palette = () => new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName);

/** For a chart of one measure: Grafana's palette may by chance give it the colour of a warning. */
export const oneColour = (colour: Colour = COLOUR.calm) =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(colour);

/** Lines over time; what is unknown stays a gap. */
export function lines(text: PanelText, ...queries: Query[]): TimeSeries {
  return measured(new TimeSeries(), text, queries)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .colorScheme(palette())
    .legend(legend())
    .tooltip(tooltip());
}

/** Stacked columns over time. */
export function columns(text: PanelText, ...queries: Query[]): TimeSeries {
  return lines(text, ...queries)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
}

/** Bars side by side, one group per value of the text column `category`; the other columns are the figures. */
export function bars(text: PanelText, query: Query, category: string): BarChart {
  return measured(new BarChart(), text, [query])
    .xField(category)
    .colorScheme(palette())
    .showValue(VisibilityMode.Auto)
    .legend(legend())
    .tooltip(tooltip());
}

/**
 * A row per series and a cell per time, coloured by value: a calendar. Cells without data stay empty. All cells are as
 * wide as the first two times are apart: the query has a row for each day or week of the range.
 */
export function calendar(text: PanelText, query: Query, colours: ThresholdsConfigBuilder): StatusHistory {
  return measured(new StatusHistory(), text, [query])
    .thresholds(colours)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .showValue(VisibilityMode.Never)
    .rowHeight(0.9)
    .colWidth(0.9)
    .fillOpacity(90)
    .perPage(MOST_ROWS)
    .legend(legend())
    .tooltip(tooltip(TooltipDisplayMode.Single));
}

/** Words only, in Markdown. */
export function note(title: string, content: string): Builder<Panel> {
  return new Text().title(title).description(title).mode(TextMode.Markdown).content(content).transparent(true);
}
