import { place } from "../kit/board.ts";
import { stat } from "../kit/panels.ts";
import { series } from "../kit/query.ts";
import { ANY_IS, COLOUR, DAYS_LEFT } from "../kit/scale.ts";
import { figure, minuteText, ofAccount, untilText } from "../kit/sql.ts";

const RISK = `from v_account_risk where ${ofAccount()}`;
const ACCOUNT = `from v_account where ${ofAccount()}`;
const STATE = `case state when 'ok' then '正常' when 'near' then '临近超期' when 'unproven' then '期限已到，待核实'
  when 'passed' then '已超期' when 'blind' then '采集不到' else '不设期限' end`;

/** How the account stands, in one line. */
export const head = [
  place(
    4,
    4,
    stat(
      {
        title: "距超期",
        description: "按规则集的更新间隔，距最迟更新时间还有几天；负数为已超过的天数。上方是判断和期限。",
        unit: "suffix: 天",
        noValue: "不设期限、已注销或采集不到",
      },
      series(figure("days_left", `${STATE} || ' · 期限 ' || ${minuteText("publish_deadline_at")}`, RISK)),
      DAYS_LEFT,
    ).decimals(1),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "未更新天数",
        description: "今天距最近一次发布的天数（北京时间），今天发布为 0。上方是已知的最近更新时间。",
        unit: "suffix: 天",
        noValue: "尚未采集到发布，或已注销",
      },
      series(figure("silent_days", `'最近更新 ' || ${minuteText("last_published_at")}`, RISK)),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "近 7 日发文",
        description: "最近 7 个完整日发布的文章篇数；7 日中有一日未采集到即不显示。",
        unit: "suffix: 篇",
        noValue: "近 7 日尚未采集完整",
      },
      series(figure("articles_7d", `'截至 ' || ${untilText("statistics_as_of")}`, ACCOUNT)),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "待回复提问",
        description:
          "需要答复（提问、咨询、投诉、求助）、尚无人工回复的留言和私信，不限收到时间，明细见下表；致谢、问候等不需要答复的、无法统计的渠道不计。",
        unit: "suffix: 条",
        noValue: "留言和私信尚未采集或无法统计，或已注销",
      },
      series(figure("open_questions", `'截至 ' || ${minuteText("replies_as_of")}`, RISK)),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "超时未回复",
        description: "待回复提问中已过规则集期限的，不限收到时间。",
        unit: "suffix: 条",
        noValue: "留言和私信尚未采集或无法统计",
      },
      series(figure("overdue_cases", `'截至 ' || ${minuteText("replies_as_of")}`, ACCOUNT)),
      ANY_IS(COLOUR.bad),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "数据截至（24:00）",
        description: "到这一日为止，最近一次发布之后的每一日都已采集完整，数据到当日 24:00。上方是单位和登记的状态。",
        unit: "time:MM-DD",
        noValue: "尚未采集",
      },
      series(
        figure(
          "extract(epoch from statistics_as_of - interval '1 second') * 1000",
          `department_name || ' · ' || case lifecycle when 'planned' then '拟开设' when 'filed' then '已备案'
            when 'running' then '运行' when 'rectifying' then '整改' when 'closing' then '关停中' else '已注销' end`,
          ACCOUNT,
        ),
      ),
    ),
  ),
];
