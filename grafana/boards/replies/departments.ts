import { StackingMode, VizOrientation } from "@grafana/grafana-foundation-sdk/common";
import { place } from "../kit/board.ts";
import { linkTo } from "../kit/links.ts";
import { bars, columns } from "../kit/panels.ts";
import { rows, series } from "../kit/query.ts";
import { ANY_IS, COLOUR, type Colour } from "../kit/scale.ts";
import { dayStart, daysInRange, ofDepartments } from "../kit/sql.ts";
import { atMinute, table } from "../kit/table.ts";
import { STAGES } from "../kit/waiting.ts";

/** Percentiles, for readers who do not know the word. */
export const HALF = "一半在…内答复";
export const MOST = "九成在…内答复";

const coloured = (colour: Colour) => [{ id: "color", value: { mode: "fixed", fixedColor: colour } }];

const byDepartment = table(
  {
    title: "各单位回应情况（近 30 天收到的提问）",
    description:
      "各栏只计需要答复的留言和私信，和各渠道都完整统计过的账号；账号数不含筹建、备案的和已注销的。超时多的在前，其余按单位代码。“在…内答复”：有一半、九成提问在此时间内得到首次人工回复；更早收到而仍未答复的超时提问不在其中，见下方清单。“≥”表示未回复的还较多，只知道不短于此；不足 10 件不计，见下方清单。“办公时间”只计规则集的办公时间，不折算成天。点单位名只看该单位。",
    noValue: "没有在运行的公众号",
  },
  rows(`
    select name, overdue, questions_open, questions, questions_answered, reply_rate, p50, p90, working_p50, working_p90,
      accounts_measurable || '/' || accounts as accounts, as_of, code
    from v_reply_summary
    where scope = 'department' and ${ofDepartments("code")}
    order by overdue desc nulls last, code`),
  {
    name: { title: "单位", link: linkTo("govmatrix-replies", { department: "code" }) },
    overdue: { title: "其中超时", width: 90, colours: ANY_IS(COLOUR.bad) },
    questions_open: { title: "待回复", width: 70 },
    questions: { title: "收到", width: 60 },
    questions_answered: { title: "已回复", width: 70 },
    reply_rate: { title: "答复率", width: 75, unit: "percentunit", decimals: 0 },
    p50: { title: HALF, width: 125, align: "center" },
    p90: { title: MOST, width: 125, align: "center" },
    working_p50: { title: "一半（办公时间）", width: 135, align: "center" },
    working_p90: { title: "九成（办公时间）", width: 135, align: "center" },
    accounts: { title: "有数据的账号", width: 110, align: "center" },
    as_of: atMinute("数据截至"),
  },
  ["code"],
);

const byStage = Object.entries(STAGES).reduce(
  (panel, [, [name, colour]]) => panel.overrideByName(name, coloured(colour)),
  bars(
    {
      title: "等待答复的提问（按时限）",
      description:
        "各单位尚无人工回复的提问，不限收到时间。按国办检查指标规则集，收到 1、3、5 个工作日后各提醒一次，10 个工作日后超时；规则集可另定。没有待回复的单位不列。",
      unit: "none",
      noValue: "暂无待回复的提问",
    },
    rows(`
      select department_name,
        ${Object.entries(STAGES)
          .map(([stage, [name]]) => `count(*) filter (where stage = '${stage}') as "${name}"`)
          .join(", ")}
      from v_reply_waiting
      where ${ofDepartments()}
      group by department, department_name
      order by count(*) filter (where stage = 'overdue') desc, department`),
    "department_name",
  )
    .orientation(VizOrientation.Horizontal)
    .stacking(StackingMode.Normal),
);

const byDay = columns(
  {
    title: "每日收到提问",
    description:
      "按收到之日（北京时间）的提问（需要答复的留言和私信）：到现在已有人工回复的、还没有但未过期限的、已超时的。最早到 400 天前。",
    unit: "suffix: 条",
    noValue: "所选时间内没有收到提问，或尚未采集",
  },
  series(`
    select ${dayStart("d.stat_date")}, m.metric, m.value
    from (
      select stat_date, sum(questions) as asked, sum(questions_answered) as answered, sum(questions_overdue) as overdue
      from v_reply_day
      where ${ofDepartments()} and ${daysInRange()}
      group by stat_date
    ) d
    cross join lateral (values
      (1, '已回复', d.answered), (2, '未回复，未超时', d.asked - d.answered - d.overdue), (3, '已超时', d.overdue)
    ) m (place, metric, value)
    order by time, m.place`),
)
  .decimals(0)
  .overrideByName("已回复", coloured(COLOUR.good))
  .overrideByName("未回复，未超时", coloured(COLOUR.calm))
  .overrideByName("已超时", coloured(COLOUR.bad));

export const departments = [place(24, 12, byDepartment), place(12, 12, byStage), place(12, 12, byDay)];
