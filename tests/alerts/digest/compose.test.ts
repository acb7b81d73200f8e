import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { clean } from "../../../src/alerts/channels/escape.ts";
import { channelOf } from "../../../src/alerts/channels/index.ts";
import { plainText } from "../../../src/alerts/channels/markup.ts";
import type { WaitingSheet } from "../../../src/alerts/digest/address.ts";
import { composeDigests } from "../../../src/alerts/digest/index.ts";
import type { Concern, CountyCounts, Sheet } from "../../../src/alerts/digest/sheet.ts";
import { paginate } from "../../../src/alerts/paginate.ts";
import { timeOn } from "../../../src/calendar.ts";
import { DAY } from "./county.ts";

const GOLDEN = new URL("../../golden/digest/", import.meta.url);
const BOARDS_URL = "https://grafana.example.gov.cn";

const at = (text: string) => timeOn(text.slice(0, 10), text.slice(11));

const concern = (code: string, name: string, fields: Partial<Concern> = {}): Concern => ({
  ...{ code, name, department: "slj", departmentName: "云溪县水利局" },
  ...{ deadline: null, replies: null, fault: null, unseen: null },
  ...fields,
});
const due = (deadline: string, state: "ahead" | "reached" | "passed" = "ahead"): Partial<Concern> => ({
  deadline: { at: at(deadline), state, lastPublishedAt: new Date(at(deadline).getTime() - 14 * 86_400_000) },
});
const replies = (overdue: number, dueLater: number): Partial<Concern> => ({
  replies: { overdue, dueLater, asOf: at("2026-11-23 08:10") },
});
const SECRET = "AppSecret 不正确，可能已被重置：请登录微信公众平台（mp.weixin.qq.com）重置 AppSecret，并重新登记。";
const rsj = { department: "rsj", departmentName: "云溪县人力资源和社会保障局" };

const sheetWith = (concerns: Concern[], fields: Partial<Sheet> = {}): Sheet => ({
  ...{ day: DAY, madeAt: timeOn(DAY, "08:30"), asOf: at("2026-11-22 24:00"), daysOff: null, boardsUrl: BOARDS_URL },
  ...{ county: null, concerns },
  ...fields,
});
const COUNTS: CountyCounts = { judged: 45, fine: 41, due: 2, passed: 1, unseen: 1, late: 0, stalled: false };
const countyWith = (concerns: Concern[], counts: Partial<CountyCounts> = {}, fields: Partial<Sheet> = {}) =>
  sheetWith(concerns, { ...fields, county: { ...COUNTS, ...counts } });

const SLJ = concern("slj", "云溪水利", due("2026-11-25 10:30"));
const HZ = concern("hz", "云溪河长", due("2026-11-20 09:30", "passed"));
const FX = concern("fx", "云溪防汛", due("2026-11-22 18:00", "reached"));
const RSJ = concern("rsj", "云溪人社", { ...rsj, ...due("2026-11-26 24:00"), ...replies(1, 2) });
const JY = concern("jy", "云溪就业", { ...rsj, fault: SECRET });
const DARK = concern("dark", "云溪社保", { ...rsj, unseen: { dataUntil: at("2026-11-19 24:00"), reason: SECRET } });
const NEW = concern("new", "云溪人才", { ...rsj, unseen: { dataUntil: null, reason: null } });

const NATIONAL: Partial<Sheet> = {
  ...{ day: "2026-09-30", madeAt: timeOn("2026-09-30", "08:30"), asOf: at("2026-09-29 24:00") },
  daysOff: { from: "2026-10-01", to: "2026-10-07", days: 7, resumesOn: "2026-10-08" },
};
const AHEAD = [concern("hz", "云溪河长", due("2026-10-02 09:30")), concern("slj", "云溪水利", due("2026-10-08 10:30"))];

const MANY = Array.from({ length: 300 }, (_, index) =>
  concern(`a${index}`, `云溪公众号${index}`, {
    ...{ department: `d${index % 60}`, departmentName: `云溪县第${index % 60}局` },
    ...due(`2026-11-2${4 + (index % 3)} 10:30`),
  }),
);

/** As the bus brings it back: through JSON. */
const waiting = (sheet: Sheet, notification = 1, ...mentions: string[]): WaitingSheet => ({
  ...{ notifications: [notification], mentions, sheet: JSON.parse(JSON.stringify(sheet)) },
});
function letterOf(...sheets: WaitingSheet[]) {
  const [letter, ...more] = composeDigests(sheets);
  assert.ok(letter);
  assert.deepEqual(more, []);
  return letter;
}

/** What is told, by the name of its golden file. */
const SHAPES: Record<string, Sheet> = {
  "department-all-kinds": sheetWith([HZ, FX, SLJ, RSJ, JY, DARK, NEW]),
  "department-deadlines": sheetWith([SLJ]),
  "department-unseen": sheetWith([DARK], { asOf: null }),
  "department-ahead": sheetWith(AHEAD, NATIONAL),
  county: countyWith([HZ, FX, SLJ, RSJ, JY, DARK, NEW]),
  "county-late": countyWith([SLJ], { late: 3 }, { madeAt: timeOn(DAY, "10:00"), asOf: at("2026-11-21 24:00") }),
  "county-unseen": countyWith([DARK, NEW], { due: 0, passed: 0, fine: 43, unseen: 2 }),
  "county-stalled": countyWith(
    [DARK, NEW],
    { judged: 2, due: 0, passed: 0, fine: 0, unseen: 2, stalled: true },
    { asOf: null },
  ),
  "county-ahead": countyWith(AHEAD, { passed: 0, unseen: 0, fine: 43 }, NATIONAL),
  "county-all-well": countyWith([], { fine: 45, due: 0, passed: 0, unseen: 0 }),
  "county-ahead-all-well": countyWith([], { fine: 45, due: 0, passed: 0, unseen: 0 }, NATIONAL),
};

function golden(name: string, text: string): void {
  const file = new URL(`${name}.txt`, GOLDEN);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

for (const [name, sheet] of Object.entries(SHAPES)) {
  test(`a digest reads as its golden file says: ${name}`, () => {
    const pages = paginate(letterOf(waiting(sheet)), channelOf("email"), 1);
    golden(name, pages.map(({ message }) => `${plainText(message, clean)}\n`).join(""));
  });
}

test("the table of 300 accounts fits three messages of a robot, and no golden file is left over", () => {
  const letter = letterOf(waiting(countyWith(MANY, { judged: 300, fine: 0, due: 300, passed: 0, unseen: 0 })));
  const pages = paginate(letter, channelOf("wecom"), 3);
  const [first, ...more] = pages.map(({ message }) => plainText(message));
  golden("county-of-300-first-message", `${first}\n`);
  const all = [first, ...more].join("\n");
  for (const { name } of MANY) assert.match(all, new RegExp(`${name}（[123] 天）`));
  assert.deepEqual(
    pages.flatMap(({ notifications }) => notifications),
    [1],
  );
  assert.deepEqual(pages.at(-1)?.notifications, [1], "delivered with the last message");
  const files = readdirSync(GOLDEN).map((file) => file.replace(/\.txt$/, ""));
  assert.deepEqual(files.sort(), [...Object.keys(SHAPES), "county-of-300-first-message"].sort());
});

test("however large the county, its digest fits three messages of a robot, so that it ends", () => {
  const long = "云溪县人力资源和社会保障与农业农村事务服务中心";
  const concerns = Array.from({ length: 2_500 }, (_, index) =>
    concern(`a${index}`, `${long}${index}`, {
      ...{ department: `d${index % 400}`, departmentName: `${index % 400}${long}` },
      ...(index < 2_000 ? due("2026-11-24 10:30") : { unseen: { dataUntil: null, reason: null } }),
    }),
  );
  for (const type of ["wecom", "dingtalk", "feishu"] as const) {
    const pages = paginate(letterOf(waiting(countyWith(concerns), 1, "duty")), channelOf(type), 3);
    assert.deepEqual(pages.at(-1)?.notifications, [1], type);
    assert.match(
      pages.map(({ message }) => plainText(message)).join("\n"),
      /另有 \d+ 项，请查看看板[\s\S]*另有 \d+ 个公众号，请查看看板/,
    );
  }
});

/** Who is mentioned beside which line, and which notifications are delivered with it. */
const addressesIn = (...sheets: WaitingSheet[]) =>
  letterOf(...sheets).sections.flatMap(({ items }) =>
    items.map(({ name, mentions, notifications }) => [name, mentions, notifications]),
  );

test("sheets of one chat become one letter, in which each account stands once with all its contacts", () => {
  const own = sheetWith([SLJ, HZ]);
  assert.deepEqual(addressesIn(waiting(own, 1, "wang"), waiting(sheetWith([JY]), 2, "li"), waiting(own, 3, "zhao")), [
    ["云溪河长", ["wang", "zhao"], []],
    ["云溪水利", ["wang", "zhao"], []],
    ["云溪就业", ["li"], [1, 2, 3]],
  ]);
});

test("where the county's sheet goes to the same chat the departments' add whom to mention and nothing else", () => {
  const addresses = addressesIn(
    ...[waiting(sheetWith([SLJ, HZ]), 1, "wang"), waiting(sheetWith([DARK]), 2, "li")],
    waiting(countyWith([HZ, SLJ, JY, DARK]), 3, "duty"),
  );
  assert.deepEqual(addresses, [
    ["应更新公众号 45 个：正常 41 个，临近期限 2 个，已过期限 1 个，看不到 1 个。", ["duty"], []],
    ["云溪县水利局 2 个", ["wang"], []],
    ["云溪县人力资源和社会保障… 1 个", [], []],
    ["云溪社保", ["li"], [1, 2, 3]],
  ]);
});

test("a digest that another day has overtaken is told no more, and does not wait for ever", () => {
  const before = sheetWith([HZ], { day: "2026-11-20" });
  const letter = letterOf(waiting(before, 1, "wang"), waiting(sheetWith([SLJ]), 2, "li"));
  assert.equal(letter.title, "每日提要（11月23日）：云溪水利有事项需要处理");
  assert.deepEqual(
    letter.sections.flatMap(({ items }) => items.map(({ mentions, notifications }) => [mentions, notifications])),
    [[["li"], [1, 2]]],
  );
});

test("what another version stored is told as unreadable, and hinders nothing", () => {
  const strange = { notifications: [1], mentions: [], sheet: { version: 9 } };
  assert.deepEqual(addressesIn(strange), [["请查看看板", [], [1]]]);
  assert.deepEqual(addressesIn(strange, waiting(sheetWith([SLJ]), 2)), [["云溪水利", [], [1, 2]]]);
  assert.deepEqual(composeDigests([]), []);
});

test("names of any kind stay names, and a department of any size is cut into items", () => {
  const poison = "<@all>\u202e[x](https://e.example)\n# **x** <at id=all></at>".padEnd(80, "溪");
  const concerns = Array.from({ length: 500 }, (_, index) => concern(`p${index}`, poison, due("2026-11-24 10:30")));
  for (const sheet of [sheetWith(concerns), countyWith(concerns)]) {
    const channel = channelOf("wecom");
    for (const { message } of paginate(letterOf(waiting(sheet)), channel, 3)) {
      assert.ok(channel.bytes(message) <= channel.limitBytes);
      assert.doesNotMatch(plainText(message), /<|\u202e|\[|\*/);
    }
  }
});
