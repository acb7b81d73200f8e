import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { startExposition } from "../../src/metrics/exposition.ts";
import { isQuestion } from "../../src/rules/question.ts";
import { BLIND } from "./compare.ts";
import type { County } from "./county.ts";
import { countsOf, percentilesOf } from "./replyFigures.ts";
import type { Looks } from "./replyLooks.ts";
import { commentCases, messageCases, type ReplyAccount, stateOf, type TruthCase } from "./replyTruth.ts";
import { viewAt } from "./viewAt.ts";
import { deadlines, workedDays, workedSeconds } from "./workedTime.ts";

const date = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000));
const secondsOf = (time: Date) => time.getTime() / 1000;

export interface Expected {
  code: string;
  department: string;
  comment: boolean | null;
  message: boolean | null;
  cases: TruthCase[];
}

/** What can be known of the county from the looks that were taken. */
export function expectedOf(accounts: ReplyAccount[], looksOf: (code: string) => Looks): Expected[] {
  return accounts.map((account) => {
    const looks = looksOf(account.code);
    const { functions } = account;
    const cases = [
      ...commentCases(account.comments, looks.comments, isQuestion),
      ...messageCases(account.messages, looks.messages, isQuestion),
    ];
    const heard = cases.some(({ channel }) => channel === "message");
    const seen = !BLIND.has(account.special ?? "");
    return {
      code: account.code,
      department: account.department.code,
      comment: !seen ? null : functions.comments ? looks.comments.size > 0 || null : looksAtAbsent(account),
      message: !seen ? null : functions.customer_service ? heard || null : false,
      cases,
    };
  });
}

/** An account that never published cannot even be asked whether it has comments. */
const looksAtAbsent = ({ articles }: ReplyAccount) => (articles.length > 0 ? false : null);

const measurable = ({ comment, message }: Expected) => comment === true || message === true;

export async function assertCases(county: County, expected: Expected[]): Promise<number> {
  const now = county.clock.now;
  const rows = Map.groupBy(await viewAt(county.db, "v_reply_case", now), ({ account }) => String(account));
  let compared = 0;
  for (const { code, department, cases } of expected) {
    const order = (row: Record<string, unknown>) =>
      JSON.stringify([row.channel, row.received_at, row.length, row.first_reply_at, row.article]);
    const sorted = (all: Record<string, unknown>[]) => all.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const wanted = cases.map((one) => {
      const { warn, amber, red, due } = deadlines(one.received);
      const answered = one.reply !== null;
      return {
        ...{ account: code, department, channel: one.channel, article: one.article, length: one.length },
        ...{ received_at: date(one.received), question: one.question, first_reply_at: date(one.reply) },
        ...{ state: stateOf(one, secondsOf(now)), first_seen_at: date(one.firstSeen) },
        calendar_seconds: answered ? Number(one.reply) - one.received : null,
        working_seconds: answered ? workedSeconds(one.received, Number(one.reply)) : null,
        working_days: answered ? workedDays(one.received, Number(one.reply)) : null,
        ...{ warn_at: date(warn), amber_at: date(amber), red_at: date(red), due_at: date(due) },
        excluded_reason: one.vanished ? "vanished" : null,
      };
    });
    const stored = (rows.get(code) ?? []).map(({ id: _id, ...row }) => row);
    const found = sorted(stored);
    for (const [index, row] of sorted(wanted).entries()) assert.deepEqual({ ...found[index] }, row, code);
    assert.equal(stored.length, wanted.length, code);
    compared += wanted.length;
  }
  return compared;
}

export async function assertAccounts(county: County, expected: Expected[]): Promise<void> {
  const now = secondsOf(county.clock.now);
  const rows = new Map((await viewAt(county.db, "v_account", county.clock.now)).map((row) => [row.account, row]));
  for (const account of expected) {
    const row = rows.get(account.code);
    const states = account.cases.map((one) => stateOf(one, now));
    const open = states.filter((state) => state === "open" || state === "overdue").length;
    const overdue = states.filter((state) => state === "overdue").length;
    assert.deepEqual(
      [row?.open_cases, row?.overdue_cases],
      measurable(account) ? [open, overdue] : [null, null],
      account.code,
    );
  }
}

export async function assertFigures(county: County, expected: Expected[]): Promise<number> {
  const now = secondsOf(county.clock.now);
  const rows = new Map(
    (await viewAt(county.db, "v_reply_figures", county.clock.now)).map((row) => [`${row.scope} ${row.code}`, row]),
  );
  const departments = [...Map.groupBy(expected, ({ department }) => department)];
  const scopes: [string, Expected[]][] = [
    ...expected.map((account): [string, Expected[]] => [`account ${account.code}`, [account]]),
    ...departments.map(([code, accounts]): [string, Expected[]] => [`department ${code}`, accounts]),
    ["county ", expected],
  ];
  assert.equal(rows.size, scopes.length);
  let withPercentiles = 0;
  for (const [scope, accounts] of scopes) {
    const seen = accounts.filter(measurable);
    const cases = seen.flatMap((account) => account.cases);
    const row = rows.get(scope) ?? {};
    const counts = countsOf(cases, now);
    for (const [name, count] of Object.entries(counts)) {
      assert.equal(row[name], seen.length === 0 ? null : count, `${scope} ${name}`);
    }
    const open = cases.filter((one) => one.question && one.reply === null && !one.vanished);
    const oldest = Math.min(...open.map(({ received }) => received));
    assert.deepEqual(row.oldest_open_at, open.length === 0 ? null : date(oldest), scope);
    assert.deepEqual([row.accounts, row.accounts_measurable], [accounts.length, seen.length], scope);
    for (const [clock, prefix] of [
      ["calendar", ""],
      ["working", "working_"],
    ] as const) {
      const wanted = percentilesOf(cases, clock, now);
      for (const name of ["p50_seconds", "p50_over_seconds", "p90_seconds", "p90_over_seconds"] as const) {
        assert.equal(row[prefix + name] ?? null, wanted?.[name] ?? null, `${scope} ${prefix}${name}`);
      }
      if (wanted) withPercentiles += 1;
    }
  }
  return withPercentiles;
}

export async function assertMetrics(t: TestContext, county: County, expected: Expected[]): Promise<void> {
  const { db, context, clock } = county;
  const exposition = startExposition({ db, log: context.log, holidays: context.holidays, now: () => clock.now });
  t.after(() => exposition.close());
  await exposition.refresh();
  const page = Buffer.concat([...exposition.page().text]).toString("utf8");
  const lines = new Map(
    page
      .split("\n")
      .filter((line) => /^govmatrix_(account_(reply_|oldest_open)|calendar_)/.test(line))
      .map((line) => {
        const cut = line.lastIndexOf(" ");
        return [line.slice(0, cut), Number(line.slice(cut + 1).replace("+Inf", "Infinity"))];
      }),
  );
  const now = secondsOf(clock.now);
  const wanted = new Map<string, number>();
  for (const account of expected) {
    const { code, department, comment, message } = account;
    const put = (name: string, labels: string, value: number | null) => {
      if (value === null) return;
      wanted.set(`govmatrix_account_${name}{account="${code}",department="${department}"${labels}}`, value);
    };
    const known = (value: boolean | null) => (value === null ? null : Number(value));
    put("reply_measurable", ',channel="comment"', known(comment));
    put("reply_measurable", ',channel="message"', known(message));
    if (!measurable(account)) continue;
    const counts = countsOf(account.cases, now);
    for (const state of ["answered", "open", "overdue"] as const)
      put("reply_cases", `,state="${state}"`, counts[state]);
    const open = account.cases.filter((one) => one.question && one.reply === null && !one.vanished);
    if (open.length > 0)
      put("oldest_open_case_timestamp_seconds", "", Math.min(...open.map(({ received }) => received)));
    for (const clockName of ["calendar", "working"] as const) {
      const percentiles = percentilesOf(account.cases, clockName, now);
      if (!percentiles) continue;
      for (const statistic of ["p50", "p90"] as const) {
        const value = percentiles[`${statistic}_seconds`] ?? Number.POSITIVE_INFINITY;
        put("reply_latency_seconds", `,clock="${clockName}",statistic="${statistic}"`, value);
      }
    }
  }
  wanted.set("govmatrix_calendar_covered_until_timestamp_seconds", Date.parse("2027-01-01T00:00:00+08:00") / 1000);
  const sorted = (map: Map<string, number>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  assert.deepEqual(Object.keys(sorted(lines)), Object.keys(sorted(wanted)));
  for (const [name, value] of wanted) assert.equal(lines.get(name), value, name);
}
