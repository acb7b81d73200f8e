import { salt, unit } from "../random.ts";
import type { ArticleView } from "./article.ts";
import { escapeAttribute, wallTime } from "./text.ts";

const salts = { time: salt("time of the page"), biz: salt("biz of the page") };

function timeLines({ article, facts }: ArticleView): string {
  const seconds = article.publishedAtSeconds;
  const draw = unit(article.key, salts.time);
  if (facts.template === "oldest") return draw < 0.5 ? `var ct="${seconds}"*1;` : `var ct = "${seconds}";`;
  if (draw < 0.6) return `var ct = "${seconds}";\n    var createTime = '${wallTime(seconds)}';`;
  return `var oriCreateTime = '${seconds}';\n    var create_time = "${seconds}" * 1;\n    var createTime = '${wallTime(seconds)}';`;
}

/** Texts in the scripts are escaped as in HTML; a backslash must not reach past its string. */
const quoted = (text: string) => escapeAttribute(text).replaceAll("\\", "\\\\");

/** Other articles that the page recommends. */
const related = `var jumpInfo = [
    { title: '全县一周要闻', item_show_type: '5', url: 'http://mp.weixin.qq.com/s?__biz=MzA5OTk5MDEyMw==&amp;amp;mid=2247480001&amp;amp;idx=2&amp;amp;sn=0f0e0d0c#rd', subject_name: '云溪日报', link_type: 'LINK_TYPE_MP_APPMSG', },
    ];`;

/** The variables of the older pages. */
export function oldScript(view: ArticleView): string {
  const { article, facts, link, namesIds, copyrightStat } = view;
  const { account } = article;
  const oldest = facts.template === "oldest";
  const id = (value: string) => (namesIds ? `"${value}" || "" || ""` : `"" || ""|| ""`);
  const biz = unit(article.key, salts.biz) < 0.5 ? `"${account.biz}"||""` : `""||"${account.biz}"`;
  const title = quoted(article.title);
  return `<script nonce="" type="text/javascript">
    var biz = ${biz};
    var sn = ${id(article.sn)};
    var mid = ${id(article.mid)};
    var idx = ${id(String(article.idx))};
    var LANG = "zh_CN";
    var page_begintime = +new Date, is_rumor = "", norumor = "";
</script>
<script nonce="" type="text/javascript">
    var item_show_type = "${view.showType}";
    var appuin = "${account.biz}"||"";
    var ascene = "";
    var _copyright_stat = "${copyrightStat}";
    var nickname = ${oldest ? `"${account.name}"` : `htmlDecode("${account.name}")`};
    var appmsg_type = "9";
    ${timeLines(view)}
    var user_name = "${account.originalId}";
    var user_name_new = "";
    var fakeid   = "";
    var is_limit_user   = "0";
    var msg_title = ${oldest ? `"${title}".html(false)` : `'${title}'.html(false)`};
    var msg_desc = htmlDecode("${quoted(facts.digest)}");
    var msg_link = "${escapeAttribute(link)}";
    var msg_source_url = '';
    var appmsgid = '' || ''|| "";
    var comment_id = "${article.key}" || "${article.key}" * 1;
    var copyright_stat = "${copyrightStat}" * 1;
    var svr_time = "${article.publishedAtSeconds + 86_400}" * 1;
    var modify_time = "";
    ${related}
</script>
`;
}
