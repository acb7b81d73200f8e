import assert from "node:assert/strict";
import { test } from "node:test";
import { intervalOf, timeOf } from "../../grafana/preview/duration.ts";
import { format } from "../../grafana/preview/format.ts";
import { type Frame, longToWide } from "../../grafana/preview/frames.ts";
import { escapeHtml, html } from "../../grafana/preview/html.ts";
import { type Chosen, fillPromQl, fillSql, type Scope } from "../../grafana/preview/interpolate.ts";
import { metricsIn } from "./proof.ts";

// What the preview does in Grafana's place, by the words of Grafana's documentation and the answers of its code.

const scope = (variables: Record<string, Chosen> = {}): Scope => ({
  from: new Date("2026-11-01T00:00:00Z"),
  to: new Date("2026-11-02T00:00:00Z"),
  intervalMs: 60_000,
  scrapeMs: 60_000,
  variables: new Map(Object.entries(variables)),
});
const several = (...values: string[]): Chosen => ({ multi: true, values });
const one = (value: string): Chosen => ({ multi: false, values: [value] });

test("statements get the range as instants and chosen values as quoted strings", () => {
  const filled = fillSql(
    `$__timeFilter(at) and d = any (array[\${department:sqlstring}]) and a = \${account:sqlstring}`,
    {
      ...scope({ department: several("health", "o'hara"), account: one("x") }),
    },
  );
  const range = "at BETWEEN '2026-11-01T00:00:00.000Z' AND '2026-11-02T00:00:00.000Z'";
  assert.equal(filled, `${range} and d = any (array['health','o''hara']) and a = 'x'`);
});

test("PromQL gets several values as alternatives, and intervals that hold at least four scrapes", () => {
  const variables = { department: several("a.b", "c"), account: one('x"y') };
  assert.equal(
    fillPromQl('rate(m{d=~"$department",a="$account"}[$__rate_interval]) > $__range_s', scope(variables)),
    'rate(m{d=~"(a\\\\.b|c)",a="x\\"y"}[4m]) > 86400',
  );
});

test("what Grafana would not know is a fault", () => {
  assert.throws(() => fillSql("select $school", scope()), /no variable \$school/);
  assert.throws(() => fillSql("select $__timeGroup(at,'1d')", scope()), /unknown macro/);
  assert.throws(() => fillSql(`select \${school:pipe}`, scope({ school: one("x") })), /unknown format/);
  assert.throws(() => fillPromQl("m[$__school]", scope()), /no variable/);
  assert.throws(() => format(1, "parsecs"), /unknown unit/);
  assert.throws(() => timeOf("yesterday", new Date()), /unknown time/);
});

const long = (rows: [number | null, string, number | null][]): Frame => ({
  refId: "A",
  fields: [
    { name: "time", kind: "time", values: rows.map(([at]) => at) },
    { name: "metric", kind: "string", values: rows.map(([, name]) => name) },
    { name: "value", kind: "number", values: rows.map(([, , value]) => value) },
  ],
});

test("rows become a series for each name, unknown where a time has no row", () => {
  const { fields } = longToWide(
    long([
      [1, "a", 10],
      [2, "b", 0],
      [2, "a", null],
      [3, "b", 7],
    ]),
  );
  assert.deepEqual(
    fields.map(({ name, values }) => [name, values]),
    [
      ["Time", [1, 2, 3]],
      ["a", [10, null, null]],
      ["b", [null, 0, 7]],
    ],
  );
});

test("rows that are not in order of time, or without a time, are refused", () => {
  assert.throws(
    () =>
      longToWide(
        long([
          [2, "a", 1],
          [1, "a", 1],
        ]),
      ),
    /sorted ascending by time/,
  );
  assert.throws(() => longToWide(long([[null, "a", 1]])), /without a time/);
});

test("figures are written as Grafana writes them", () => {
  const written: [number, string, string][] = [
    ...([
      [0, "short", "0"],
      [1240, "short", "1.24 K"],
      [31.25, "none", "31.3"],
      [0.8123, "percentunit", "81.2%"],
    ] as const),
    ...([
      [90, "s", "1.50 min"],
      [10, "d", "1.43 week"],
      [3, "suffix: 篇", "3 篇"],
      [2048, "bytes", "2 KiB"],
    ] as const),
    ...([[Date.parse("2026-11-22T16:00:00Z"), "time:MM-DD HH:mm", "11-23 00:00"]] as const),
  ].map(([value, unit, text]) => [value, unit, text]);
  for (const [value, unit, text] of written) assert.equal(format(value, unit), text, unit);
  assert.equal(intervalOf(86_400_000, 1_000, 15_000), 120_000);
});

test("names of metrics are told from functions, labels and operators", () => {
  const expression =
    'sum by (collector) (rate(a_total{b="c_total"}[5m])) / on (x) group_left () max(d) > time() or e offset 5m';
  assert.deepEqual(metricsIn(expression), ["a_total", "d", "e"]);
});

test("text never becomes HTML", () => {
  assert.equal(escapeHtml(`<a href="x">&'`), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  assert.equal(html`<b>${"<i>"}</b>`.source, "<b>&lt;i&gt;</b>");
});
