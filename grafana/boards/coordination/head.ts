import { place } from "../kit/board.ts";
import { stat } from "../kit/panels.ts";
import { series } from "../kit/query.ts";
import { ANY_IS, COLOUR } from "../kit/scale.ts";
import { figure, minuteText, ofDepartments } from "../kit/sql.ts";
import { ANSWERED } from "./weeks.ts";

const WEEK_TEXT = "to_char(max(week), 'MM-DD') || ' 至 ' || to_char(max(week) + 6, 'MM-DD')";
const PUBLISHED = `from v_department_week where weeks_ago = 1 and ${ofDepartments()}`;
/** Without a department there is nothing to tell. */
const orNone = (asOf: string) => `coalesce(${asOf}, '尚无数据')`;
const PUBLISHED_AS_OF = orNone(
  `${WEEK_TEXT} || ' · ' || sum(accounts_covered) || '/' || sum(accounts) || ' 个账号有数据'`,
);
const REPLIED = `from v_department_reply_week where weeks_ago = 1 and ${ofDepartments()}`;
const REPLIED_AS_OF = orNone(
  `${WEEK_TEXT} || ' 收到 · 截至 ' || ${minuteText("min(as_of)")} || ' · ' || sum(accounts_measurable) || '/' || sum(accounts)
  || ' 个账号有数据'`,
);

export const head = [
  place(
    6,
    4,
    stat(
      {
        title: "上周发文",
        description:
          "上一个完整周（周一至周日，北京时间）发布的文章数；数据不全的账号按已知的计，已注销的在有数据的周仍计入。",
        unit: "suffix: 篇",
        noValue: "上周的数据尚未采集",
      },
      series(figure("sum(articles)", PUBLISHED_AS_OF, PUBLISHED)),
    ),
  ),
  place(
    6,
    4,
    stat(
      {
        title: "上周没有发文的单位",
        description:
          "上一个完整周内所有账号数据完整、且一篇未发的单位数。一周未发文不等于断更，期限以规则集为准，见更新监测。",
        unit: "suffix: 个",
        noValue: "上周各单位的数据都不完整",
      },
      series(
        figure(
          "case when count(*) filter (where accounts_covered = accounts) > 0 then count(*) filter (where accounts_covered = accounts and articles = 0) end",
          orNone(
            `${WEEK_TEXT} || ' · ' || count(*) filter (where accounts_covered = accounts) || '/' || count(*) || ' 个单位数据完整'`,
          ),
          PUBLISHED,
        ),
      ),
      ANY_IS(COLOUR.notice),
    ),
  ),
  place(
    6,
    4,
    stat(
      {
        title: "上周提问答复率",
        description: "上一个完整周收到的提问中，到现在已有人工回复的比例；其余的未必超时，期限见规则集。",
        unit: "percentunit",
        noValue: "上周没有收到提问，或留言和私信无法统计",
      },
      series(figure("sum(answered)::float8 / nullif(sum(questions), 0)", REPLIED_AS_OF, REPLIED)),
      ANSWERED,
    ).decimals(0),
  ),
  place(
    6,
    4,
    stat(
      {
        title: "近四周提问未按期答复",
        description:
          "最近四个完整周收到的提问中，过了期限才回复、或已过期限仍未回复的件数。与“超时未回复”不同：那里只计现在仍无回复的，但不限收到时间。",
        unit: "suffix: 件",
        noValue: "留言和私信尚未采集或无法统计",
      },
      series(
        figure(
          "sum(late)",
          orNone(`to_char(min(week), 'MM-DD') || ' 至 ' || to_char(max(week) + 6, 'MM-DD') || ' 收到 · 截至 ' || ${minuteText("min(as_of)")} || ' · '
            || sum(accounts_measurable) filter (where weeks_ago = 1) || '/' || sum(accounts) filter (where weeks_ago = 1)
            || ' 个账号有数据'`),
          `from v_department_reply_week where weeks_ago between 1 and 4 and ${ofDepartments()}`,
        ),
      ),
      ANY_IS(COLOUR.bad),
    ),
  ),
];
