import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SEVERITIES, type Severity } from "../../src/model.ts";
import { startCounty } from "../support/county.ts";
import { report, rounds } from "../support/rounds.ts";
import { judge } from "./histories/judge.ts";
import { tameCounty } from "./histories/platform.ts";
import { play } from "./histories/play.ts";
import { DAY, publishHistory } from "./histories/posts.ts";
import { type Evaluator, familiesOf, startPrometheus } from "./histories/prometheus.ts";
import { firing, type Rule, readRules } from "./histories/rules.ts";
import type { Course, Firing, Layer } from "./histories/standing.ts";
import { listen } from "./histories/told.ts";
import { addVerdict, type Counts, emptyVerdict, FAULTS, type Fault } from "./histories/verdict.ts";
import { drawWeather } from "./histories/weather.ts";

// An account is a history. A county of them lives through its days with the real collectors; a real Prometheus then
// tells when the committed rules fire over what was exposed; and the truth of the simulated platform judges that.

const START = Date.parse("2026-08-03T04:00:00Z") / 1_000;
const ACCOUNTS = rounds(40, 100);
const COUNTIES = rounds(1, 10);
const DAYS = rounds(6, 20);
const SIZE = `${COUNTIES * ACCOUNTS} histories of ${DAYS} days`;
const LAYERS: Record<Layer, string> = { told: "as the relay tells them", rules: "as the rules fire" };

/** The three levels of AccountPublishDue, and AccountBlind. */
type Rules = Record<Severity, Rule> & { blind: Rule };

function only(rules: Rule[]): Rule {
  const [rule, ...others] = rules;
  assert.ok(rule && others.length === 0, "one rule for each level");
  return rule;
}

function committedRules(): Rules {
  const of = (severity: Severity) => only(readRules("AccountPublishDue").filter((rule) => rule.severity === severity));
  return { info: of("info"), warning: of("warning"), critical: of("critical"), blind: only(readRules("AccountBlind")) };
}

async function fire(prometheus: Evaluator, rules: Rules): Promise<Firing> {
  const of = async (rule: Rule) => firing(rule, await prometheus.evaluate(rule.expr));
  return {
    info: await of(rules.info),
    warning: await of(rules.warning),
    critical: await of(rules.critical),
    blind: await of(rules.blind),
  };
}

function altered(rule: Rule, pattern: RegExp, replacement: string): Rule {
  const expr = rule.expr.replace(pattern, replacement);
  assert.notEqual(expr, rule.expr);
  return { ...rule, expr };
}

/** Each takes one promise from the rules. */
function breaches(rules: Rules): { name: string; rules: Rules; breaks: Fault }[] {
  const never = { ...rules.blind, expr: "govmatrix_account_info == 0" };
  const byClock = altered(rules.critical, /<=[\s\S]*$/, "<= time()");
  const early = altered(rules.info, /4 \* 86400/, "5 * 86400");
  return [
    { name: "critical by the clock", rules: { ...rules, critical: byClock }, breaks: "false" },
    { name: "blind accounts judged", rules: { ...rules, blind: never }, breaks: "unsupported" },
    { name: "info a day early", rules: { ...rules, info: early }, breaks: "unsupported" },
    { name: "neither warning nor critical", rules: { ...rules, critical: never, warning: never }, breaks: "missed" },
  ];
}

async function live(t: TestContext, seed: number, families: ReadonlySet<string>) {
  const { simulate, world } = tameCounty(seed);
  const now = new Date(START * 1_000).toISOString();
  const county = await startCounty(t, { accounts: ACCOUNTS, seed, now, simulate });
  const span = { from: START, to: START + DAYS * DAY };
  const histories = world().accounts.map((account) => publishHistory(world(), account, span));
  const { troubles, omissions } = drawWeather(world(), histories, span);
  const told = listen(county, { world: world(), histories, omissions });
  const frames = await play(t, county, { world: world(), troubles, span, families });
  const struck = world()
    .ledger.rows()
    .flatMap(({ errors }) => Object.values(errors));
  const kinds = [...troubles.map(({ kind }) => kind), ...omissions.map(() => "a day left out everywhere")];
  return { span, frames, told, kinds, faulty: struck.reduce((sum, count) => sum + count, 0) };
}

/** The proof must be able to fail, and the relay must hold back what broken rules let through. */
async function breakRules(t: TestContext, course: Course, prometheus: Evaluator, rules: Rules): Promise<void> {
  for (const breach of breaches(rules)) {
    const fires = await fire(prometheus, breach.rules);
    const found = judge(course, fires, "rules")[breach.breaks].length;
    report(t, `rules broken on purpose, ${breach.name}: ${breach.breaks}`, String(found), "> 0");
    assert.ok(found > 0, `${breach.name} must be found ${breach.breaks}`);
    if (breach.breaks === "missed") continue;
    assert.deepEqual(judge(course, fires, "told")[breach.breaks], [], `the relay holds back: ${breach.name}`);
  }
}

test("in random histories with faults of the platform no alert is false, unsupported or missed", async (t) => {
  const rules = committedRules();
  const expressions = Object.values(rules).map(({ expr }) => expr);
  const families = familiesOf(expressions.join(" "));
  const verdicts: Record<Layer, ReturnType<typeof emptyVerdict>> = { told: emptyVerdict(), rules: emptyVerdict() };
  const troubles: string[] = [];
  const sums = { posts: 0, faulty: 0 };
  for (let seed = 1; seed <= COUNTIES; seed++) {
    await t.test(`county ${seed}`, async (t) => {
      const lived = await live(t, seed, families);
      const prometheus = await startPrometheus(t, lived);
      const course = { ...lived, points: prometheus.points };
      const fires = await fire(prometheus, rules);
      for (const layer of ["told", "rules"] as const) addVerdict(verdicts[layer], judge(course, fires, layer));
      for (const { history } of lived.told.values()) sums.posts += history.posts.length;
      sums.faulty += lived.faulty;
      troubles.push(...lived.kinds);
      if (seed === 1) await breakRules(t, course, prometheus, rules);
    });
  }

  const kinds = [...Map.groupBy(troubles, (kind) => kind)].map(([kind, all]) => `${kind} ${all.length}`);
  t.diagnostic(`${sums.posts} posts; ${kinds.join(", ")}`);
  report(t, `${SIZE}, ${troubles.length} troubles: faulty answers of the platform`, String(sums.faulty), "> 0");
  const text = (counts: Counts) => SEVERITIES.map((level) => `${counts[level]} ${level}`).join(", ");
  for (const [layer, name] of Object.entries(LAYERS) as [Layer, string][]) {
    const verdict = verdicts[layer];
    report(t, `${SIZE}, ${name}: alerts judged`, text(verdict.alerts), "> 0");
    const atOnce = `${verdict.atOnce} critical at the visit that proved them`;
    report(t, `${SIZE}, ${name}: had to stand`, `${text(verdict.expected)}; ${atOnce}`, "> 0");
    for (const fault of FAULTS) report(t, `${SIZE}, ${name}: ${fault}`, String(verdict[fault].length), "0");
  }
  for (const [layer, name] of Object.entries(LAYERS) as [Layer, string][]) {
    const { alerts, expected, false: wrong, unsupported, missed } = verdicts[layer];
    for (const level of SEVERITIES) assert.ok(alerts[level] > 0 && expected[level] > 0, `${name}: ${level}`);
    assert.deepEqual({ wrong, unsupported, missed }, { wrong: [], unsupported: [], missed: [] }, name);
  }
});
