import { place } from "../kit/board.ts";
import { linkOut } from "../kit/links.ts";
import { calendar } from "../kit/panels.ts";
import { rows, series } from "../kit/query.ts";
import { ARTICLES, COLOUR, texts } from "../kit/scale.ts";
import { dayStart, daysInRange, ofAccount, WEEKS } from "../kit/sql.ts";
import { atText, table } from "../kit/table.ts";

const WEEKDAYS = {
  ...{ monday: "周一", tuesday: "周二", wednesday: "周三", thursday: "周四", friday: "周五" },
  ...{ saturday: "周六", sunday: "周日" },
};
const FORMS = texts({
  ...{ article: ["图文"], picture: ["图片"], video: ["视频"], audio: ["音频"], text: ["纯文字"] },
  ...{ repost: ["转载"], other: ["其他"] },
});
const STATES = texts({
  ok: ["正常", COLOUR.good],
  deleted: ["已删除", COLOUR.warning],
  violation: ["违规下架", COLOUR.bad],
  unknown: ["未知", COLOUR.unknown],
});

export const publishing = [
  place(
    8,
    9,
    calendar(
      {
        title: "发布日历",
        description: "每列一周（以周一为准），每行一个星期几；颜色是当日发布篇数。空白为尚未采集完整的日子，不等于 0。",
        unit: "suffix: 篇",
        noValue: "所选时间内没有采集完整的日子",
      },
      series(`
        select ${dayStart("week")},
          ${Object.entries(WEEKDAYS)
            .map(([column, name]) => `${column} as "${name}"`)
            .join(", ")}
        from ${WEEKS}
        left join (select * from v_publishing_calendar where ${ofAccount()} and ${daysInRange("week")}) known using (week)
        order by week`),
      ARTICLES,
    ),
  ),
  place(
    16,
    9,
    table(
      {
        title: "文章（阅读、点赞等仅供运营参考，不作为考核评价依据）",
        description:
          "所选时间内发布的文章，最新在前；点标题打开原文。阅读、点赞、在看、留言是自发布起至“数据截至”日的累计，平台只统计发布后 30 天。",
        noValue: "所选时间内没有发布文章，或尚未采集",
      },
      rows(`
        select title, coalesce(to_char(published_at at time zone 'Asia/Shanghai', 'MM-DD HH24:MI'),
            to_char(publish_date, 'MM-DD')) as published, form,
          case when original then '是' when not original then '否' end as original, state,
          readers, likes, zaikan, comments, to_char(as_of, 'MM-DD') as as_of, url
        from v_article
        where ${ofAccount()} and ${daysInRange("publish_date")}
        order by publish_date desc, published_at desc nulls last, article desc`),
      {
        title: { title: "标题", link: linkOut("打开原文", "url") },
        published: { title: "发布", width: 105 },
        form: { title: "形式", width: 75, texts: FORMS },
        original: { title: "原创", width: 60 },
        state: { title: "状态", width: 80, texts: STATES },
        readers: { title: "阅读", width: 75 },
        likes: { title: "点赞", width: 65 },
        zaikan: { title: "在看", width: 65 },
        comments: { title: "留言", width: 65 },
        as_of: { ...atText("数据截至"), width: 90 },
      },
      ["url"],
    ),
  ),
];
