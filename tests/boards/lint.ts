import type { Dashboard, DashboardLink, ThresholdsConfig } from "@grafana/grafana-foundation-sdk/dashboard";
import { BOARDS } from "../../grafana/boards/kit/links.ts";
import { COLOUR } from "../../grafana/boards/kit/scale.ts";
import { annotationsOf, type BoardPanel, panelsOf, type Target } from "../../grafana/preview/board.ts";
import { colourOf } from "../../grafana/preview/colour.ts";
import { formatOf } from "../../grafana/preview/format.ts";
import { variablesIn } from "../../grafana/preview/interpolate.ts";

const HAN = /\p{Script=Han}/u;
const WIDTH = 24;
const SOURCES: Record<string, string> = { $postgres: "grafana-postgresql-datasource", $prometheus: "prometheus" };
const WITH_LEGEND = new Set(["timeseries", "barchart", "status-history"]);
const NOTE = "仅供运营参考，不作为考核评价依据";
const SPREAD = /\b(readers|likes|zaikan|sharers|favourites|followers)(_\w+)?\b/;
const RANKED = /order by[^)]*\b(readers|likes|zaikan|sharers|favourites|followers)/i;
const FIXED_RANGES = [/\[\s*\d/, /interval\s+'\s*\d+\s*(minute|hour|day|week|month|year)/i];

export const titleOf = (panel: BoardPanel) => `${panel.type} ${panel.id} ${panel.title ?? ""}`.trim();

/** All links of a panel: its own, those of its fields and of single columns. */
export function linksOf(panel: BoardPanel): Partial<DashboardLink>[] {
  const { defaults, overrides } = panel.fieldConfig;
  const properties = overrides.flatMap((override) => override.properties);
  const single = properties.flatMap(({ id, value }) => (id === "links" ? (value as DashboardLink[]) : []));
  return [...panel.links, ...(defaults.links ?? []), ...single];
}

/** What can be said of a board without data; sentences, none when all is well. */
export function lintFaults(board: Dashboard, boards: readonly Dashboard[]): string[] {
  const panels = panelsOf(board);
  const shown = panels.filter(({ type }) => type !== "row");
  return [
    ...headFaults(board),
    ...gridFaults(panels),
    ...panels.filter(({ title }) => !HAN.test(title ?? "")).map((panel) => `${titleOf(panel)}: no Chinese title`),
    ...panels.flatMap((panel) => sameIds(panels, panel)),
    ...shown.flatMap((panel) => panelFaults(board, panel).map((fault) => `${titleOf(panel)}: ${fault}`)),
    ...shown.flatMap((panel) =>
      linksOf(panel).flatMap((link) =>
        [...linkFaults(link.url ?? "", boards), ...placeFaults(link)].map((fault) => `${titleOf(panel)}: ${fault}`),
      ),
    ),
    ...(board.links ?? []).flatMap((link) => [...linkFaults(link.url ?? "", boards), ...placeFaults(link)]),
    ...annotationsOf(board).flatMap(({ name, target }) =>
      targetFaults(board, target).map((fault) => `annotation ${name}: ${fault}`),
    ),
    ...noteFaults(board, shown),
  ];
}

function headFaults(board: Dashboard): string[] {
  const { uid = "", title, description, tags, timezone, editable, time, links = [] } = board;
  const variables = board.templating.list ?? [];
  const kinds = new Map(variables.map(({ name, type, query }) => [`$${name}`, type === "datasource" ? query : null]));
  const led = links.map(({ url }) => url);
  return [
    ...(BOARDS[uid as keyof typeof BOARDS] === title ? [] : [`${uid}: not the uid of ${title}`]),
    ...(HAN.test(description ?? "") ? [] : ["the board has no description"]),
    ...(tags?.includes("govmatrix") ? [] : ["the board lacks the tag govmatrix"]),
    ...(timezone === "Asia/Shanghai" ? [] : [`the board's time zone is ${timezone}`]),
    ...(editable === false ? [] : ["the board can be edited by hand"]),
    ...(/^now-\d+[hdw]$/.test(time?.from ?? "") && time?.to === "now" ? [] : ["the board has no range"]),
    ...Object.entries(SOURCES).flatMap(([name, type]) =>
      kinds.get(name) === type ? [] : [`no data source variable ${name}`],
    ),
    ...Object.keys(BOARDS).flatMap((one) => (one === uid || led.includes(`/d/${one}`) ? [] : [`no link to ${one}`])),
    ...variables.flatMap(({ name, type, label, datasource, query }) => {
      if (type !== "query") return [];
      const faults = textFaults(board, String(query));
      if (!HAN.test(label ?? "")) faults.push("no Chinese label");
      if (!(datasource?.uid && datasource.uid in SOURCES)) faults.push("no data source variable");
      return faults.map((fault) => `variable ${name}: ${fault}`);
    }),
  ];
}

function sameIds(panels: readonly BoardPanel[], panel: BoardPanel): string[] {
  return panels.find(({ id }) => id === panel.id) === panel ? [] : [`${titleOf(panel)}: the id is taken`];
}

/** Each place of the grid belongs to one panel. */
function gridFaults(panels: readonly BoardPanel[]): string[] {
  const taken = new Map<string, BoardPanel>();
  const faults: string[] = [];
  for (const panel of panels) {
    const { x, y, w, h } = panel.gridPos;
    if (x < 0 || x + w > WIDTH || w < 1 || h < 1) faults.push(`${titleOf(panel)}: not within ${WIDTH} columns`);
    for (let column = x; column < x + w; column += 1) {
      for (let row = y; row < y + h; row += 1) {
        const other = taken.get(`${column},${row}`);
        if (other) return [...faults, `${titleOf(panel)}: lies over ${titleOf(other)}`];
        taken.set(`${column},${row}`, panel);
      }
    }
  }
  const bottom = Math.max(0, ...panels.map(({ gridPos: { y, h } }) => y + h));
  for (let row = 0; row < bottom; row += 1) {
    for (let column = 0; column < WIDTH; column += 1) {
      if (!taken.has(`${column},${row}`)) return [...faults, `the grid has a hole at column ${column}, row ${row}`];
    }
  }
  return faults;
}

function panelFaults(board: Dashboard, panel: BoardPanel): string[] {
  const { defaults, overrides } = panel.fieldConfig;
  const faults: string[] = [];
  if ((panel.description ?? "") === "") faults.push("no description");
  for (const key of ["timeFrom", "timeShift", "repeat"]) if (key in panel) faults.push(`${key} is set`);
  if ((panel.transformations ?? []).length > 0) faults.push("transformations");
  if (panel.type === "text") return String(panel.options.content ?? "") === "" ? [...faults, "no text"] : faults;

  if ((panel.description ?? "").length < 8) faults.push("the description says nothing");
  if ((defaults.noValue ?? "") === "") faults.push("no text for the lack of data");
  const units = overrides.flatMap(({ properties }) =>
    properties.flatMap(({ id, value }) => (id === "unit" ? [String(value)] : [])),
  );
  const hasUnit = (defaults.unit ?? "") !== "";
  if (panel.type === "table" && hasUnit) faults.push("a unit for all columns makes numbers of texts");
  if (panel.type !== "table" && !hasUnit) faults.push("no unit");
  for (const { properties } of overrides) {
    const has = (name: string, wanted: unknown) => properties.some(({ id, value }) => id === name && value === wanted);
    if (has("custom.hidden", true) && !has("noValue", ""))
      faults.push("a link would take the panel's text for a value");
  }
  if (verdicts(panel).some(({ steps }) => steps[0]?.color !== COLOUR.unknown))
    faults.push("what is unknown has the colour of a verdict");
  for (const unit of [defaults.unit ?? "none", ...units]) if (!formatOf(unit)) faults.push(`unknown unit ${unit}`);
  for (const [, colour = ""] of JSON.stringify(panel.fieldConfig).matchAll(/"(?:color|fixedColor)":"([^"]+)"/g)) {
    try {
      colourOf(colour);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  const legend = panel.options.legend as { showLegend?: boolean } | undefined;
  if (WITH_LEGEND.has(panel.type) && legend?.showLegend !== true) faults.push("no legend");
  if (panel.targets.length === 0) faults.push("no query");
  if (new Set(panel.targets.map(({ refId }) => refId)).size < panel.targets.length)
    faults.push("a query's letter is taken");
  return [...faults, ...panel.targets.flatMap((target) => targetFaults(board, target))];
}

/** Scales of figures and cells: calendars leave empty what is unknown. */
function verdicts({ type, fieldConfig: { defaults, overrides } }: BoardPanel): ThresholdsConfig[] {
  const own = type === "stat" && defaults.thresholds ? [defaults.thresholds] : [];
  const columns = overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === "thresholds"));
  return [...own, ...columns.map(({ value }) => value as ThresholdsConfig)];
}

function targetFaults(board: Dashboard, target: Target): string[] {
  const { datasource, rawSql, expr } = target;
  const faults = textFaults(board, rawSql ?? expr ?? "");
  if (SOURCES[datasource?.uid] !== datasource?.type) faults.push(`the data source ${datasource?.uid} is no variable`);
  if (rawSql === undefined && expr === undefined) faults.push("an empty query");
  if (expr !== undefined && target.format !== "table" && (target.legendFormat ?? "") === "")
    faults.push("a query without a legend");
  return faults;
}

function textFaults(board: Dashboard, text: string): string[] {
  const known = new Set((board.templating.list ?? []).map(({ name }) => name));
  return [
    ...FIXED_RANGES.filter((pattern) => pattern.test(text)).map(
      (pattern) => `a hard-coded range ${pattern.exec(text)?.[0]}`,
    ),
    ...variablesIn(text.replace(/\$__\w+/g, ""))
      .filter((name) => !known.has(name))
      .map((name) => `no variable $${name}`),
    ...(RANKED.test(text.replace(/within group \([^)]*\)/gi, "")) ? ["ordered by what is no measure of anybody"] : []),
  ];
}

/** Where it is set, Grafana puts a link into its menu of controls. */
function placeFaults(link: Partial<DashboardLink>): string[] {
  return link.placement === undefined ? [] : ["a link with a placement of its own"];
}

/** Links inside lead to a board that is there and to variables that it has. */
export function linkFaults(url: string, boards: readonly Dashboard[]): string[] {
  const [, uid, query = ""] = /^\/d\/([^/?]+)(?:\?(.*))?$/.exec(url) ?? [];
  if (uid === undefined)
    return /^(https:\/\/|\$\{__data\.fields\.\w+(:\w+)?\}$)/.test(url) ? [] : [`leads nowhere: ${url}`];
  const board = boards.find((one) => one.uid === uid);
  if (!board) return [`leads to no board: ${uid}`];
  const names = query
    .split("&")
    .flatMap((part) => (part.startsWith("var-") ? [part.slice(4).split("=")[0] ?? ""] : []));
  const known = new Set((board.templating.list ?? []).map(({ name }) => name));
  return names.filter((name) => !known.has(name)).map((name) => `${uid} has no variable ${name}`);
}

function noteFaults(board: Dashboard, panels: readonly BoardPanel[]): string[] {
  const spread = panels.filter(({ targets }) => targets.some(({ rawSql, expr }) => SPREAD.test(rawSql ?? expr ?? "")));
  const visible = panelsOf(board).some(({ title, options }) => `${title}${options.content ?? ""}`.includes(NOTE));
  return [
    ...spread
      .filter(({ title, description }) => !`${title}${description}`.includes(NOTE))
      .map((panel) => `${titleOf(panel)}: without the note that goes with readers`),
    ...(spread.length > 0 && !visible ? ["the note that goes with readers stands nowhere to be seen"] : []),
  ];
}
