import { bars, oneColour, type PanelText } from "../kit/panels.ts";
import { rows } from "../kit/query.ts";
import { ofDepartments } from "../kit/sql.ts";

/** `band` and `gap_band` of v_account_risk, in the order of the charts. */
export const DEADLINE_BANDS = [
  ...["已超期", "待核实", "0–2 天", "2–4 天", "4–7 天", "7 天以上", "采集不到", "不设期限"],
];
export const GAP_BANDS = ["3 天以内", "4–7 天", "8–10 天", "11–14 天", "15 天以上", "未知"];

/** Accounts by class; a class without any is there with 0. */
function distribution(text: Pick<PanelText, "title" | "description">, column: string, classes: readonly string[]) {
  const query = rows(`
    select class as "分档", coalesce(accounts, 0)::integer as "公众号数"
    from unnest(array[${classes.map((name) => `'${name}'`).join(", ")}]) with ordinality classes (class, place)
    left join (
      select ${column} as class, count(*) as accounts
      from v_account_risk
      where ${ofDepartments()}${column === "gap_band" ? " and state <> 'unjudged'" : ""}
      group by ${column}
    ) found using (class)
    order by place`);
  const whole: PanelText = { ...text, unit: "suffix: 个", noValue: "登记表为空" };
  return bars(whole, query, "分档").colorScheme(oneColour());
}

export const deadlines = distribution(
  {
    title: "距超期分布",
    description: "公众号按距更新期限的天数分布；采集不到的无法判断，筹建、备案、拟关停的不设期限。",
  },
  "band",
  DEADLINE_BANDS,
);

export const gaps = distribution(
  {
    title: "本季度最长更新间隔分布",
    description:
      "须更新的公众号按本季度最长更新间隔（天）分布；没有一个间隔能由数据完整证实的计为未知。不设期限的不计。",
  },
  "gap_band",
  GAP_BANDS,
);
