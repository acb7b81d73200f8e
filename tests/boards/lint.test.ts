import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardFiles } from "../../grafana/boards/write.ts";
import { type BoardPanel, panelsOf } from "../../grafana/preview/board.ts";
import { lintFaults } from "./lint.ts";
import { schemaFaults } from "./schema.ts";

/** As Grafana reads them. */
const read = () => [...dashboardFiles().values()].map((text) => JSON.parse(text) as Dashboard);
const UIDS = [
  ...["govmatrix-overview", "govmatrix-updates", "govmatrix-account", "govmatrix-replies", "govmatrix-coordination"],
  ...["govmatrix-alerts", "govmatrix-collection"],
];

function boardAndPanels(uid: string): { boards: Dashboard[]; board: Dashboard; panels: BoardPanel[] } {
  const boards = read();
  const board = boards.find((one) => one.uid === uid);
  assert.ok(board, uid);
  return { boards, board, panels: (board.panels ?? []) as unknown as BoardPanel[] };
}

/** The first panel of the type, to be broken. */
function some(panels: readonly BoardPanel[], type: string): BoardPanel {
  const panel = panels.find((one) => one.type === type);
  assert.ok(panel, type);
  return panel;
}

test("the seven boards are there, each with its uid", () => {
  assert.deepEqual(
    read().map(({ uid }) => uid),
    UIDS,
  );
});

test("every board has what a reader needs, asks the chosen sources for the chosen range, and its links lead somewhere", () => {
  const boards = read();
  assert.deepEqual(
    boards.flatMap((board) => lintFaults(board, boards).map((fault) => `${board.uid}: ${fault}`)),
    [],
  );
});

test("every part of the boards' JSON is of the type that the SDK has for it", () => {
  assert.deepEqual(schemaFaults(read()), []);
});

test("what the types forbid is found, in options, fields, columns, queries and the board's head", () => {
  const { board, panels } = boardAndPanels("govmatrix-updates");
  const table = some(panels, "table");
  const columns = table.fieldConfig.overrides.length;
  some(panels, "stat").options.graphMode = "pie";
  Object.assign(table.fieldConfig.defaults, { colour: "red" });
  table.fieldConfig.overrides.push({
    matcher: { id: "byName", options: "state" },
    properties: [{ id: "custom.widht", value: 80 }],
  });
  Object.assign(some(panels, "status-history").targets[0] ?? {}, { format: "timeseries" });
  Object.assign(board, { graphTooltip: 7 });
  const faults = schemaFaults([board]);
  for (const [where, what] of [
    ["govmatrix-updates", "graphTooltip|'7'|7"],
    [`panel ${some(panels, "stat").id}`, "pie"],
    [`panel ${table.id}`, "colour"],
    [`panel ${table.id}, custom.widht`, "widht"],
    [`panel ${some(panels, "status-history").id}, query A`, "timeseries"],
  ] as const) {
    assert.ok(
      faults.some((fault) => fault.includes(where) && new RegExp(what).test(fault)),
      `${where}: ${what}\n${faults.join("\n")}`,
    );
  }
  assert.ok(columns > 0);
});

/** Breaks one thing each; the words are those of the sentence that names it. */
const BREAKS: Record<string, [words: RegExp, change: (panels: BoardPanel[], board: Dashboard) => void]> = {
  "a title in another language": [
    /no Chinese title/,
    (panels) => Object.assign(some(panels, "stat"), { title: "Running" }),
  ],
  "a panel without a description": [
    /no description/,
    (panels) => Object.assign(some(panels, "stat"), { description: "" }),
  ],
  "a panel without a unit": [
    /no unit/,
    (panels) => Object.assign(some(panels, "stat").fieldConfig.defaults, { unit: "" }),
  ],
  "a unit for a whole table": [
    /makes numbers of texts/,
    (panels) => Object.assign(some(panels, "table").fieldConfig.defaults, { unit: "short" }),
  ],
  "a unit nobody knows": [
    /unknown unit parsecs/,
    (panels) => Object.assign(some(panels, "stat").fieldConfig.defaults, { unit: "parsecs" }),
  ],
  "a colour nobody knows": [
    /unknown colour teal/,
    (panels) => {
      Object.assign(some(panels, "stat").fieldConfig.defaults, { color: { mode: "fixed", color: "teal" } });
    },
  ],
  "a scale that judges what is unknown": [
    /colour of a verdict/,
    (panels) =>
      Object.assign(some(panels, "stat").fieldConfig.defaults, { thresholds: { steps: [{ color: "green" }] } }),
  ],
  "a hidden column with the panel's text": [
    /take the panel's text/,
    (panels) => {
      const matcher = { id: "byName", options: "account" };
      some(panels, "table").fieldConfig.overrides.push({ matcher, properties: [{ id: "custom.hidden", value: true }] });
    },
  ],
  "no text for the lack of data": [
    /lack of data/,
    (panels) => Object.assign(some(panels, "stat").fieldConfig.defaults, { noValue: "" }),
  ],
  "a data source by its uid": [
    /is no variable/,
    (panels) => Object.assign(some(panels, "stat").targets[0]?.datasource ?? {}, { uid: "govmatrix-postgres" }),
  ],
  "a hidden legend": [
    /no legend/,
    (panels) => Object.assign(some(panels, "status-history").options, { legend: { showLegend: false } }),
  ],
  transformations: [
    /transformations/,
    (panels) => Object.assign(some(panels, "stat"), { transformations: [{ id: "merge" }] }),
  ],
  "a range of its own": [/timeFrom/, (panels) => Object.assign(some(panels, "stat"), { timeFrom: "7d" })],
  "days in a statement": [
    /hard-coded range/,
    (panels) => {
      Object.assign(some(panels, "stat").targets[0] ?? {}, { rawSql: "select now() - interval '30 days'" });
    },
  ],
  "a range in PromQL": [
    /hard-coded range/,
    (panels) => {
      Object.assign(some(panels, "stat").targets[0] ?? {}, { rawSql: undefined, expr: "rate(up[5m])" });
    },
  ],
  "a variable that is not there": [
    /no variable \$school/,
    (panels) => Object.assign(some(panels, "stat").targets[0] ?? {}, { rawSql: "select $school" }),
  ],
  "a ranking by readers": [
    /no measure of anybody/,
    (panels) =>
      Object.assign(some(panels, "stat").targets[0] ?? {}, {
        rawSql: "select 1 from v_account order by readers_7d desc",
      }),
  ],
  "readers without their note": [
    /without the note/,
    (panels) => Object.assign(some(panels, "stat").targets[0] ?? {}, { rawSql: "select readers_7d from v_account" }),
  ],
  "two panels in one place": [/lies over/, (panels) => Object.assign(some(panels, "stat").gridPos, { y: 3 })],
  "a hole in the grid": [/a hole/, (panels) => Object.assign(some(panels, "status-history").gridPos, { h: 2 })],
  "an id twice": [/id is taken/, (panels) => Object.assign(some(panels, "table"), { id: some(panels, "stat").id })],
  "a link to no board": [
    /leads to no board: govmatrix-schools/,
    (panels) => Object.assign(some(panels, "stat"), { links: [{ url: "/d/govmatrix-schools" }] }),
  ],
  "a link in the menu of controls": [
    /placement of its own/,
    (_panels, board) => Object.assign(board.links?.[0] ?? {}, { placement: "inControlsMenu" }),
  ],
  "a link to a variable that is not there": [
    /has no variable school/,
    (panels) => Object.assign(some(panels, "stat"), { links: [{ url: "/d/govmatrix-account?var-school=1" }] }),
  ],
  "another time zone": [/time zone/, (_panels, board) => Object.assign(board, { timezone: "browser" })],
  "a board without its neighbours": [
    /no link to govmatrix-replies/,
    (_panels, board) => Object.assign(board, { links: [] }),
  ],
};

test("each rule finds its fault", () => {
  for (const [name, [words, change]] of Object.entries(BREAKS)) {
    const { boards, board, panels } = boardAndPanels("govmatrix-updates");
    change(panels, board);
    const faults = lintFaults(board, boards);
    assert.ok(
      faults.some((fault) => words.test(fault)),
      `${name}: ${faults.join("; ") || "no fault"}`,
    );
  }
  assert.ok(panelsOf(boardAndPanels("govmatrix-updates").board).length > 3);
});
