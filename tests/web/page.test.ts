import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "cheerio";
import fc from "fast-check";
import { sql } from "kysely";
import { readStatus, type StatusAccount } from "../../src/store/statusPage.ts";
import { html } from "../../src/web/html.ts";
import { statusPage, unavailablePage } from "../../src/web/page.ts";
import { addAccount, insertCounty, NOW, openTestDatabase, POISON } from "../metrics/county.ts";

const DAY_MS = 86_400_000;

const ACCOUNT: StatusAccount = {
  account: "a",
  name: "云溪发布",
  departmentName: "云溪县人民政府办公室",
  lifecycle: "running",
  lastPublishedAt: new Date("2026-11-22T01:30:07Z"),
  publishDeadlineAt: new Date("2026-12-06T01:30:07Z"),
  dataUntil: new Date("2026-11-22T16:00:00Z"),
  articles7d: 6,
  readers7d: 1_910,
  followers: 52_310,
  errorCode: null,
  errorReason: null,
};

const render = (...accounts: Partial<StatusAccount>[]) =>
  load(statusPage({ accounts: accounts.map((account) => ({ ...ACCOUNT, ...account })), plannerTickedAt: NOW }, NOW));

const rowsOf = (page: ReturnType<typeof load>, table: number) =>
  page("table")
    .eq(table)
    .find("tbody tr")
    .toArray()
    .map((row) =>
      page(row)
        .find("td")
        .toArray()
        .map((cell) => page(cell).text()),
    );

test("an empty register says in Chinese how to import one", async (t) => {
  const { db } = await openTestDatabase(t);
  const page = statusPage(await readStatus(db), NOW);
  assert.match(page, /<h1>政务微信矩阵<\/h1>/);
  assert.match(page, /npx govmatrix account import 登记表\.csv/);
  assert.equal(load(page)("table").length, 0);
});

test("the county's accounts stand in order of risk, those that cannot be seen apart with their reason", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await addAccount(db, { code: "planned", name: "筹建号", department: "rsj", lifecycle: "planned" });
  const page = load(statusPage(await readStatus(db), NOW));
  assert.deepEqual(rowsOf(page, 0), [
    [
      POISON,
      '云溪县"文化\\旅游"局\n',
      "3 天（2026-11-26 24:00）",
      "2026-11-12（11 天前）",
      "0",
      "12",
      "—",
      "2026-11-22 24:00",
    ],
    [
      ...["云溪人社", "云溪县人力资源和社会保障局", "12 天（2026-12-06 09:30）", "2026-11-22（1 天前）"],
      ...["6", "910", "52,310", "2026-11-22 24:00"],
    ],
  ]);
  assert.deepEqual(rowsOf(page, 1), [
    ["云溪新开", '云溪县"文化\\旅游"局\n', "尚未取得数据，等待首次采集完成。", "—", "—"],
    [
      ...["云溪就业", "云溪县人力资源和社会保障局", "AppSecret 已失效：请在公众平台重置后，用 account set 重新登记。"],
      ...["2026-11-09（14 天前）", "2026-11-18 24:00"],
    ],
  ]);
  const text = page("body").text();
  assert.match(text, /可见账号 2 个，暂时无法采集 2 个，筹建中 1 个/);
  assert.match(text, /数据截至 2026-11-22 24:00。/);
  assert.match(text, /仅供运营参考，不作为考核评价依据/);
  assert.ok(!text.includes("云溪旧号"), "closed");
});

test("silence is stated only when the data reach the deadline", () => {
  const deadline = new Date("2026-11-22T16:00:00Z");
  const cell = (account: Partial<StatusAccount>) =>
    rowsOf(render({ publishDeadlineAt: deadline, ...account }), 0)[0]?.[2];
  assert.equal(cell({ dataUntil: deadline }), "已超期 1 天（2026-11-22 24:00）");
  assert.equal(
    cell({ dataUntil: new Date(deadline.getTime() - DAY_MS) }),
    "期限已到，数据尚未覆盖，待核实（2026-11-22 24:00）",
  );
  assert.match(cell({ publishDeadlineAt: new Date(NOW.getTime() + 3_600_000) }) ?? "", /^不足 1 天/);
  assert.equal(cell({ publishDeadlineAt: null }), "—");
  assert.equal(cell({ publishDeadlineAt: null, lifecycle: "closing" }), "不设期限");
});

test("unknown figures are dashes and zeros are zeros", () => {
  const [row] = rowsOf(render({ articles7d: 0, readers7d: null, followers: null, lastPublishedAt: null }), 0);
  assert.deepEqual(row?.slice(3, 7), ["—", "0", "—", "—"]);
});

test("accounts without a deadline come last", () => {
  const names = rowsOf(
    render(
      { name: "无", publishDeadlineAt: null },
      { name: "远", publishDeadlineAt: new Date(NOW.getTime() + 9 * DAY_MS) },
      { name: "无二", publishDeadlineAt: null },
      { name: "近", publishDeadlineAt: new Date(NOW.getTime() + DAY_MS) },
    ),
    0,
  ).map(([name]) => name);
  assert.deepEqual(names, ["近", "远", "无", "无二"]);
});

test("a fault without a reason shows its code", () => {
  assert.equal(rowsOf(render({ errorCode: "48001", errorReason: null }), 0)[0]?.[2], "采集失败（代码 48001）。");
});

test("whatever a name holds, it becomes text and never markup", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const { markup } = html`<p title="${value}">${value}</p>`;
      assert.match(markup, /^<p title="[^<>"']*">[^<>"']*<\/p>$/);
    }),
    { numRuns: 300 },
  );
  const page = render(
    { name: POISON, departmentName: '"><img src=x onerror=alert(1)>' },
    { errorCode: "1", errorReason: POISON },
  );
  assert.equal(page("script, img").length, 0);
});

test("the page holds no script, loads nothing, and fits a phone", async () => {
  const page = statusPage({ accounts: [ACCOUNT], plannerTickedAt: null }, NOW);
  for (const text of [page, unavailablePage()]) {
    const document = load(text);
    assert.equal(document("script, link, img, iframe, [src], [onclick]").length, 0);
    assert.equal(document("meta[name=viewport]").length, 1);
    assert.equal(document("html").attr("lang"), "zh-CN");
  }
});

test("ten thousand accounts are read and rendered", async (t) => {
  const { db } = await openTestDatabase(t);
  await sql`insert into department values ('d', '局')`.execute(db);
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || i, 'd', '号' || i, 'wechat', 'wx' || i, 'running', 'r', now() from generate_series(1, 10000) i`.execute(
    db,
  );
  const page = statusPage(await readStatus(db), NOW);
  assert.equal(page.match(/<tr>/g)?.length, 10_001);
});
