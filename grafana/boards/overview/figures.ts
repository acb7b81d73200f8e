import { VizTextDisplayOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import { place } from "../kit/board.ts";
import { type BoardUid, linkTo } from "../kit/links.ts";
import { type PanelText, stat } from "../kit/panels.ts";
import { series } from "../kit/query.ts";
import { ANY_IS, COLOUR, NEUTRAL } from "../kit/scale.ts";
import { figure, minuteText, untilText } from "../kit/sql.ts";

/** In pixels: the figure can be read from three metres; the line above it has to fit. */
const LARGE = new VizTextDisplayOptionsBuilder().titleSize(16).valueSize(72);

interface Figure extends PanelText {
  value: string;
  /** The line above the figure, as SQL. */
  asOf: string;
  below: BoardUid;
  colours?: typeof NEUTRAL;
}

const large = ({ value, asOf, below, colours = NEUTRAL, ...text }: Figure, width = 5) =>
  place(
    width,
    6,
    stat(text, series(figure(value, asOf, "from v_overview")), colours)
      .text(LARGE)
      .dataLinks([linkTo(below)]),
  );

const ACCOUNTS = { unit: "suffix: 个", noValue: "登记表为空", below: "govmatrix-updates" } as const;
/** Figures of states hold for all accounts: those that cannot be seen are a state of their own. */
const state = (name: string) => `case when accounts > 0 then accounts_${name} end`;
const SEEN = `'截至 ' || ${untilText("statistics_as_of")} || ' · ' || accounts - accounts_blind || '/' || accounts
  || ' 个账号有数据'`;

export const states = [
  large({
    ...{ ...ACCOUNTS, title: "已超期", value: state("passed"), asOf: SEEN, colours: ANY_IS(COLOUR.bad) },
    description: "运行、整改中的公众号，已过规则集的更新期限，且数据已覆盖到期限、期间没有发布。采集不到的不在其中。",
  }),
  large({
    ...{ ...ACCOUNTS, title: "临近超期", value: state("near"), asOf: SEEN, colours: ANY_IS(COLOUR.warning) },
    description: "距更新期限不足 4 天的公众号。以已采集的数据为准，如已发布请忽略。",
  }),
  large({
    ...{ ...ACCOUNTS, title: "待核实", value: state("unproven"), asOf: SEEN, colours: ANY_IS(COLOUR.warning) },
    description: "期限已到，而数据还没有覆盖到期限的公众号：可能已经发布，次日数据到后即见分晓。",
  }),
  large({
    ...{ ...ACCOUNTS, title: "采集不到", value: state("blind"), below: "govmatrix-collection" },
    asOf: `case when accounts_failing > 0 then '另有 ' || accounts_failing || ' 个最近一次采集失败'
      else '超过 60 小时没有完整数据' end || ' · 此刻'`,
    colours: ANY_IS(COLOUR.warning),
    description:
      "运行、整改中的公众号，超过 60 小时没有新的完整数据或从未取得数据，更新情况无法判断。采集故障不等于断更。",
  }),
  large(
    {
      ...{ ...ACCOUNTS, title: "在运行", value: "nullif(accounts, 0)" },
      asOf: "'共登记 ' || accounts_listed || ' 个 · 此刻'",
      description: "登记为运行或整改的公众号，须按规则集更新；筹建、备案、拟关停的不设更新期限。共登记的不含已注销。",
    },
    4,
  ),
];

const ARTICLES = { unit: "suffix: 篇", below: "govmatrix-updates" } as const;
const REPLIES: Pick<Figure, "unit" | "below" | "noValue" | "asOf"> = {
  unit: "suffix: 条",
  below: "govmatrix-replies",
  noValue: "留言和私信尚未采集或无法统计",
  asOf: `'截至 ' || ${minuteText("replies_as_of")} || ' · ' || accounts_measurable || '/' || accounts_visited
    || ' 个账号有数据'`,
};

export const activity = [
  large({
    ...{ ...REPLIES, title: "超时未回复", value: "overdue_cases", colours: ANY_IS(COLOUR.bad) },
    description:
      "需要答复（提问、咨询、投诉、求助）、尚无人工回复且已过规则集期限的留言和私信，不限收到时间。没有留言功能的公众号不计。",
  }),
  large({
    ...{ ...REPLIES, title: "待回复提问", value: "open_questions" },
    description: "需要答复、尚无人工回复的留言和私信，不限收到时间，超时的也在内；致谢、问候等不需要答复的不计。",
  }),
  large({
    ...{ ...ARTICLES, title: "近 7 日发文", value: "articles_7d" },
    noValue: "尚未采集满 7 日",
    asOf: `'截至 ' || ${untilText("articles_7d_as_of")} || ' · ' || accounts_7d || '/' || accounts || ' 个账号有数据'`,
    description: "运行、整改中的公众号最近 7 个完整日发布的文章篇数；7 日中有一日未采集到的公众号不计入。",
  }),
  large({
    ...{ ...ARTICLES, title: "今日已知（部分）", value: "articles_today" },
    noValue: "今日尚未采集",
    asOf: `'截至 ' || ${minuteText("today_as_of")} || ' · ' || accounts_today || '/' || accounts || ' 个账号有数据'`,
    description: "今天到目前为止已经知道的发布篇数，不是全天数：只含发布列表已查到的，群发的要到明天 8 时后才知道。",
  }),
  large(
    {
      ...{ ...ARTICLES, title: "昨日发文（完整）", value: "articles_yesterday" },
      noValue: "昨日数据待采集",
      asOf: `to_char(yesterday, 'MM-DD') || ' 全天 · ' || accounts_yesterday
        || '/' || coalesce(accounts_expected_yesterday, accounts) || ' 个账号有数据'`,
      description: "公众号昨日（北京时间）全天发布的文章篇数。平台每天 8 时后给出昨日数据，此前为空。",
    },
    4,
  ),
];
