import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { sql } from "kysely";
import { dashboardFiles } from "../../grafana/boards/write.ts";
import { type BoardPanel, panelsOf } from "../../grafana/preview/board.ts";
import { openSources, runBoard, type Sources } from "../../grafana/preview/run.ts";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { dayOf } from "../../src/calendar.ts";
import { saveHolidayYear } from "../../src/store/holidays.ts";
import { openBrowser } from "../support/browser.ts";
import { type DemoStack, passADay, startDemoStack } from "../support/demoStack.ts";
import { report } from "../support/rounds.ts";
import { drawBoards } from "./picture.ts";
import { drawnFaults, exposed, proveBoard } from "./proof.ts";

const ACCOUNT_BOARD = "govmatrix-account";
const boards = () => [...dashboardFiles().values()].map((text) => JSON.parse(text) as Dashboard);

/** Today is a holiday, for every range holds today. */
async function celebrate({ county }: DemoStack): Promise<void> {
  const now = new Date();
  const today = dayOf(now);
  const year = loadHolidays().find((one) => today.startsWith(String(one.year)));
  assert.ok(year, `the calendar ends before ${today}`);
  await saveHolidayYear(county.db, { ...year, off: [...year.off, { name: "演练", from: today, to: today }] }, now);
}

async function liveMetrics(stack: DemoStack): Promise<Set<string>> {
  const texts = [stack.exporter, stack.notifier, stack.planner, stack.collector].map(async ({ url }) =>
    exposed(await (await fetch(`${url}/metrics`)).text()),
  );
  return new Set((await Promise.all(texts)).flat());
}

/** Accounts that have one matter each: together they fill every panel of the account's board. */
async function accountsOf({ county }: DemoStack): Promise<string[]> {
  const { rows } = await sql<{ account: string }>`
    select min(account) as account from v_alert_event where account is not null group by alert, severity`.execute(
    county.db,
  );
  return [...new Set(rows.map(({ account }) => account))];
}

interface Round {
  sources: Sources;
  metrics: Set<string>;
  accounts: string[];
}

/** Faults of a board; what is empty for one account has to be filled for another. */
async function faultsOf(board: Dashboard, { sources, metrics, accounts }: Round): Promise<string[]> {
  const choices = board.uid === ACCOUNT_BOARD ? accounts.map((account) => ({ account })) : [{}];
  const faults = new Set<string>();
  const empty: string[][] = [];
  for (const given of choices) {
    const result = await runBoard(board, sources, given);
    const proof = await proveBoard(result, panelsOf(board), { sources }, metrics);
    for (const fault of [...proof.faults, ...drawnFaults(result)]) faults.add(fault);
    empty.push(proof.empty);
  }
  const always = empty[0]?.filter((one) => empty.every((others) => others.includes(one))) ?? ["every query"];
  return [...faults, ...always.map((one) => `${one}: no rows`)].map((fault) => `${board.uid}: ${fault}`);
}

const textOf = (panel: BoardPanel) => panel.targets[0]?.rawSql ?? panel.targets[0]?.expr ?? "";
const edit = (panel: BoardPanel, from: RegExp, to: string) => {
  const [target] = panel.targets;
  const changed = textOf(panel).replace(from, to);
  if (target) Object.assign(target, target.rawSql === undefined ? { expr: changed } : { rawSql: changed });
};

/** What the code may lose without the board's knowing: a panel that it concerns, and the change. */
const BREAKS: Record<string, [concerns: (panel: BoardPanel) => boolean, change: (panel: BoardPanel) => void]> = {
  "a renamed column of a view": [
    (panel) => /\baccount_name\b/.test(textOf(panel)),
    (panel) => edit(panel, /\baccount_name\b/g, "name_of_account"),
  ],
  "a renamed view": [(panel) => /\bv_\w+/.test(textOf(panel)), (panel) => edit(panel, /\bv_(\w+)/, "v_former_$1")],
  "a table of the project's own": [
    (panel) => panel.type === "table" && /\bv_\w+/.test(textOf(panel)),
    (panel) => edit(panel, /^.*$/s, "select id, name from account"),
  ],
  "a renamed metric": [
    (panel) => /\bgovmatrix_\w+/.test(textOf(panel)),
    (panel) => edit(panel, /\bgovmatrix_(\w+)/, "govmatrix_former_$1"),
  ],
  "a renamed column of a table": [
    ({ type }) => type === "table",
    ({ fieldConfig }) => void Object.assign(fieldConfig.overrides[0]?.matcher ?? {}, { options: "former_name" }),
  ],
  "a link to a column that is not there": [
    ({ type, fieldConfig }) => type === "table" && JSON.stringify(fieldConfig).includes("__data.fields."),
    (panel) => {
      const text = JSON.stringify(panel.fieldConfig).replaceAll(/__data\.fields\.\w+/g, "__data.fields.school");
      panel.fieldConfig = JSON.parse(text);
    },
  ],
  "rows of a series without their order": [
    (panel) => panel.type === "timeseries" && /order by [^)]*$/i.test(textOf(panel)),
    (panel) => edit(panel, /order by [^)]*$/i, "order by 1 desc"),
  ],
  "a legend of labels that are not there": [
    ({ targets: [target] }) => /\{\{\w+\}\}/.test(target?.legendFormat ?? ""),
    ({ targets: [target] }) => void Object.assign(target ?? {}, { legendFormat: "{{school}}" }),
  ],
};

async function assertFound(t: TestContext, board: Dashboard[], round: Round): Promise<void> {
  const panels = board.flatMap((one) => panelsOf(one).map((panel) => ({ one, panel })));
  for (const [name, [fits, change]] of Object.entries(BREAKS)) {
    const hit = panels.find(({ panel }) => fits(panel));
    assert.ok(hit, `no panel for: ${name}`);
    const panel = structuredClone(hit.panel);
    change(panel);
    const result = await runBoard({ ...hit.one, panels: [], annotations: { list: [] } }, round.sources);
    const proof = await proveBoard(result, [panel], round, round.metrics);
    t.diagnostic(`${name}: ${proof.faults[0] ?? "not found"}`);
    assert.ok(proof.faults.length > 0, `${name} is not found`);
  }
}

test("every query of every board runs, as the role of the boards, and gives what its panel names; what the code loses is found", async (t) => {
  const stack = await startDemoStack(t);
  await passADay(stack);
  await celebrate(stack);
  const { county, prometheus, scrapeMs } = stack;
  const urls = { databaseUrl: county.url, prometheusUrl: prometheus.url };
  const sources = await openSources({ ...urls, scrapeMs, now: new Date() });
  try {
    const round: Round = { sources, metrics: await liveMetrics(stack), accounts: await accountsOf(stack) };
    const faults: string[] = [];
    for (const board of boards()) faults.push(...(await faultsOf(board, round)));
    assert.deepEqual(faults, []);
    await assertFound(t, boards(), round);

    const directory = mkdtempSync(join(tmpdir(), "govmatrix-boards-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const browser = await openBrowser(t);
    const pictures = await drawBoards(directory, sources, browser, boards().slice(0, 1));
    for (const picture of pictures) assert.ok(statSync(picture).size > 20_000, `${picture} is as good as empty`);
  } finally {
    await sources.statements.close();
  }
  const queries = boards().flatMap((board) => panelsOf(board).flatMap(({ targets }) => targets));
  report(t, "boards: queries that run, return rows and fit their panels", String(queries.length), "all");
});
