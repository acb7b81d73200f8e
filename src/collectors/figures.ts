import { setImmediate as nextTurn } from "node:timers/promises";
import { type WorkCalendar, workingSeconds } from "../calendar/working.ts";
import { DEFAULT_RULE_SET, type RuleSets } from "../rules/sets.ts";
import { answerCurve, type Duration, percentile } from "../rules/survival.ts";
import { type AccountDurations, type PercentileRow, readDurations, savePercentiles } from "../store/replyFigures.ts";
import type { Chore } from "./chore.ts";
import { judgeBatch } from "./replies/judge.ts";

const INTERVAL_MS = 10 * 60_000;
/** Cases between two turns of the event loop: some milliseconds. */
const TURN_CASES = 500;

type Scope = Pick<PercentileRow, "scope" | "code">;
type Clock = PercentileRow["clock"];
const CLOCKS: readonly Clock[] = ["calendar", "working"];

/** Durations of one scope; `working` is null when one of them is not known. */
interface Durations {
  calendar: Duration[];
  working: Duration[] | null;
}

type Turns = (cases: number) => Promise<void>;

/** Lets others have the event loop whenever enough cases have passed. */
function takeTurns(): Turns {
  let passed = 0;
  return async (cases) => {
    passed += cases;
    if (passed < TURN_CASES) return;
    passed = 0;
    await nextTurn();
  };
}

async function durationsOf(
  account: AccountDurations,
  calendar: WorkCalendar,
  ruleSets: RuleSets,
  now: Date,
  turns: Turns,
): Promise<Durations> {
  const rules = ruleSets.get(account.ruleSet) ?? ruleSets.get(DEFAULT_RULE_SET);
  if (!rules) throw new Error(`rule set ${account.ruleSet} is not known`);
  const { officeHours } = rules.replies;
  const waited = account.openSince.map((since) => Math.max(0, Math.floor(now.getTime() / 1_000 - since)));
  const waitedWorking: (number | null)[] = [];
  for (const since of account.openSince) {
    waitedWorking.push(workingSeconds(calendar, officeHours, new Date(since * 1_000), now));
    await turns(1);
  }
  const durations = (answered: readonly number[], open: readonly number[]): Duration[] => [
    ...answered.map((seconds) => ({ seconds, answered: true })),
    ...open.map((seconds) => ({ seconds, answered: false })),
  ];
  const known = (seconds: readonly (number | null)[]): seconds is number[] => !seconds.includes(null);
  const { answered, worked } = account;
  return {
    calendar: durations(answered, waited),
    working: known(worked) && known(waitedWorking) ? durations(worked, waitedWorking) : null,
  };
}

function add(to: Durations, from: Durations): void {
  for (const duration of from.calendar) to.calendar.push(duration);
  if (from.working === null) to.working = null;
  else for (const duration of from.working) to.working?.push(duration);
}

function rowOf(scope: Scope, clock: Clock, durations: Durations): PercentileRow {
  const known = durations[clock];
  const curve = known && answerCurve(known);
  const [p50, p90] = [0.5, 0.9].map((level) => curve && percentile(curve, level));
  return {
    ...scope,
    clock,
    cases: durations.calendar.length,
    p50Seconds: p50 && "seconds" in p50 ? p50.seconds : null,
    p50OverSeconds: p50 && "overSeconds" in p50 ? p50.overSeconds : null,
    p90Seconds: p90 && "seconds" in p90 ? p90.seconds : null,
    p90OverSeconds: p90 && "overSeconds" in p90 ? p90.overSeconds : null,
  };
}

/** Of each account, department and the county, on both clocks; an empty county has no rows. */
export async function percentileRows(
  accounts: readonly AccountDurations[],
  calendar: WorkCalendar,
  ruleSets: RuleSets,
  now: Date,
): Promise<PercentileRow[]> {
  const rows: PercentileRow[] = [];
  const departments = new Map<string, Durations>();
  const county: Durations = { calendar: [], working: [] };
  const turns = takeTurns();
  const addRows = async (scope: Scope, durations: Durations) => {
    for (const clock of CLOCKS) {
      rows.push(rowOf(scope, clock, durations));
      await turns(durations.calendar.length);
    }
  };
  for (const account of accounts) {
    const durations = await durationsOf(account, calendar, ruleSets, now, turns);
    await addRows({ scope: "account", code: account.account }, durations);
    const department = departments.get(account.department) ?? { calendar: [], working: [] };
    departments.set(account.department, department);
    add(department, durations);
    add(county, durations);
  }
  for (const [code, durations] of departments) await addRows({ scope: "department", code }, durations);
  if (accounts.length > 0) await addRows({ scope: "county", code: "" }, county);
  return rows;
}

/** Judges cases anew whose calendar or rules changed, and brings the percentiles of reply latency up to now. */
export const figures: Chore = {
  name: "figures",
  async run(visit) {
    const calendar = await visit.calendar();
    const { now, ruleSets } = visit;
    while ((await visit.save((trx) => judgeBatch(trx, null, calendar, ruleSets))) > 0);
    const accounts = await readDurations(visit.db, now);
    const rows = await percentileRows(accounts, calendar, ruleSets, now);
    await visit.save((trx) => savePercentiles(trx, rows, now));
  },
  next: (now) => new Date((Math.floor(now.getTime() / INTERVAL_MS) + 1) * INTERVAL_MS),
};
