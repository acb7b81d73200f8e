import { place } from "../kit/board.ts";
import { type PanelText, stat } from "../kit/panels.ts";
import { series } from "../kit/query.ts";
import { ANY_IS, COLOUR, type NEUTRAL } from "../kit/scale.ts";
import { figure, ofDepartments, untilText } from "../kit/sql.ts";

const RISK = `from v_account_risk where ${ofDepartments()}`;
const SEEN = "state not in ('blind', 'unjudged')";
const BOUND = "state <> 'unjudged'";
const AS_OF = `'截至 ' || ${untilText(`min(statistics_as_of) filter (where ${SEEN})`)} || ' · '
  || count(*) filter (where ${SEEN}) || '/' || count(*) filter (where ${BOUND}) || ' 个账号有数据'`;

const states = (title: string, names: string[], colours: typeof NEUTRAL, description: string) => {
  const chosen = names.map((name) => `'${name}'`).join(", ");
  const text: PanelText = { title, description, unit: "suffix: 个", noValue: "所选单位没有须更新的公众号" };
  const value = `case when count(*) filter (where ${BOUND}) > 0 then count(*) filter (where state in (${chosen})) end`;
  return place(4, 5, stat(text, series(figure(value, AS_OF, RISK)), colours));
};

const gap = stat(
  {
    title: "本季度最长更新间隔",
    description:
      "所选单位的公众号本季度内相邻两次发布相隔的最多天数，还在延续的算到数据截止。中间有未采集到的日子的间隔不计。",
    unit: "suffix: 天",
    noValue: "本季度尚未采集到发布情况",
  },
  series(`
    select now() as time,
      account_name || ' · 截至 ' || ${untilText("statistics_as_of")} || ' · ' || known || '/' || listed || ' 个账号有数据'
        as metric,
      longest_gap_days::float8 as value
    from (
      select account_name, statistics_as_of, longest_gap_days, count(longest_gap_days) over () as known,
        count(*) over () as listed
      ${RISK} and ${BOUND}
    ) gaps
    order by longest_gap_days desc nulls last, account_name
    limit 1`),
);

export const figures = [
  states("已超期", ["passed"], ANY_IS(COLOUR.bad), "已过更新期限，且数据已覆盖到期限、期间没有发布的公众号。"),
  states("临近超期", ["near"], ANY_IS(COLOUR.warning), "距更新期限不足 4 天的公众号。如已发布请忽略。"),
  states("待核实", ["unproven"], ANY_IS(COLOUR.warning), "期限已到，而数据还没有覆盖到期限的公众号：可能已经发布。"),
  states(
    "采集不到",
    ["blind"],
    ANY_IS(COLOUR.warning),
    "超过 60 小时没有新的完整数据或从未取得数据，更新情况无法判断的公众号。采集故障不等于断更。",
  ),
  place(8, 5, gap),
];
