import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlatformError } from "../../../src/errors.ts";
import type { StatisticsSource } from "../../../src/platforms/platform.ts";
import { DAY, openSession, platformServer } from "./support.ts";

const NEXT = "2026-03-10";
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e21, "", "3", "全部", [], {}, [[]], [null], DAY, "2026-02-30"),
  fc.jsonValue({ maxDepth: 2 }),
);
const source = { user_count: 3, scene_desc: "全部" };
const figures = { read_user: 1, read_user_source: [source], share_user: 1, like_user: 2, comment_count: 0 };
const GOOD = {
  list: [
    {
      ref_date: DAY,
      msgid: "2_1",
      detail: { ...figures, send_page_count: 1 },
      new_user: 1,
      cancel_user: 0,
      cumulate_user: 9,
    },
    { ref_date: DAY, msgid: "1_1", publish_type: 0, title: "t", content_url: "u", detail: figures },
    {
      ref_date: DAY,
      msgid: "1_2",
      detail: {},
      detail_list: [
        { stat_date: DAY, ...figures, read_finish_rate: 0.5, read_avg_activetime: 0.8 },
        { stat_date: NEXT, ...figures },
      ],
    },
  ],
  is_delay: false,
};

/** Every place of a JSON value, as the keys that lead there. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: string[], change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (typeof value !== "object" || value === null) return value;
  const inner = changed((value as Record<string, unknown>)[key], rest, change);
  return Array.isArray(value)
    ? value.map((one, index) => (String(index) === key ? inner : one))
    : { ...value, [key]: inner };
}

const mutation = fc.record({
  place: fc.constantFrom(...places(GOOD)),
  change: fc.oneof(
    oddValue.map((odd) => () => odd),
    fc.constant(() => undefined),
    fc.constant((old: unknown) => (Array.isArray(old) ? [...old, ...old] : old)),
  ),
});
const body = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(mutation, { minLength: 1, maxLength: 3 })
      .map(
        (mutations) =>
          JSON.stringify(
            mutations.reduce<unknown>((value, { place, change }) => changed(value, place, change), GOOD),
          ) ?? "{}",
      ),
  },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
);

const CALLS: ((statistics: StatisticsSource) => Promise<{ rows: object[]; delayed: boolean }>)[] = [
  (statistics) => statistics.summary(DAY, NEXT),
  (statistics) => statistics.articles(DAY),
  (statistics) => statistics.followers(DAY, NEXT),
];

function assertRow(row: object): void {
  for (const [name, value] of Object.entries(row)) {
    if (name === "curve") {
      for (const inner of value) assertRow(inner);
    } else if (["day", "publishDate"].includes(name)) {
      assert.match(value, /^2026-0[34]-\d\d$/);
    } else {
      assert.ok(value === null || typeof value !== "number" || (value >= 0 && Number.isFinite(value)), name);
    }
  }
}

test("whatever JSON comes, there are sound rows or a classified error", async (t) => {
  let answer = "";
  const give = (_request: unknown, response: { end(text: string): void }) => response.end(answer);
  const apis = ["getbizsummary", "getarticletotaldetail", "getusersummary", "getusercumulate"];
  const { url } = await platformServer(t, Object.fromEntries(apis.map((api) => [api, [give]])));
  const { statistics } = openSession({ url });
  const outcomes = { rows: 0, errors: 0 };
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom(...CALLS), async (text, call) => {
      answer = text;
      try {
        const { rows, delayed } = await call(statistics);
        assert.equal(typeof delayed, "boolean");
        rows.forEach(assertRow);
        outcomes.rows += 1;
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        assert.equal(error.code, "unexpected_shape");
        outcomes.errors += 1;
      }
    }),
    { numRuns: 600 },
  );
  assert.ok(outcomes.rows > 50 && outcomes.errors > 50, JSON.stringify(outcomes));
});
