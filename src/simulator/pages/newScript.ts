import { salt, unit } from "../random.ts";
import type { ArticleView } from "./article.ts";
import { escapeAttribute, escapeScript, wallTime } from "./text.ts";

const place = salt("place of the text");

const decoded = (text: string) => `JsDecode('${escapeScript(text)}')`;

/** The text of a text post stands in one of two places. */
function contentLines({ article, facts, content }: ArticleView): string {
  if (content === null) return "content_noencode: '',";
  const apart = facts.form === "text" && unit(article.key, place) < 0.5;
  if (!apart) return `content_noencode: ${decoded(content)},`;
  return `content_noencode: '',
    text_page_info: {
      content: ${decoded(content)},
      is_user_title: '1' * 1,
    },`;
}

/** The newer pages hold everything in one literal of JavaScript, which is no JSON. */
export function newScript(view: ArticleView): string {
  const { article, facts, link, namesIds, copyrightStat } = view;
  const { account } = article;
  const seconds = article.publishedAtSeconds;
  const id = (value: string) => (namesIds ? `'${value}'` : "''");
  return `<script type="text/javascript" nonce="" reportloaderror>
  window.cgiDataNew = {
    ret: '0' * 1,
    title: ${decoded(article.title)},
    desc: ${decoded(facts.digest)},
    nick_name: ${decoded(account.name)},
    round_head_img: 'http://mmbiz.qpic.cn/mmbiz_png/head/0?wx_fmt=png',
    user_name: '${account.originalId}',
    alias: '${account.code}',
    bizuin: '${account.biz}',
    mid: ${id(article.mid)},
    idx: ${id(String(article.idx))},
    sn: ${id(article.sn)},
    link: '${escapeScript(escapeAttribute(link))}',
    create_time: '${seconds}' * 1,
    ori_create_time: '${seconds}' * 1,
    createTime: '${wallTime(seconds)}',
    item_show_type: '${view.showType}' * 1,
    copyright_info: {
      copyright_stat: '${copyrightStat}' * 1,
      is_cartoon_copyright: '0' * 1,
    },
    copyright_stat: '${copyrightStat}' * 1,
    ${contentLines(view)}
    is_login: '0' === '1',
    user_info: { is_paid: '' * 1 ? 1 : 0, bindings: [], },
    comment_id: '${article.key}',
    appmsg_fe_filter: 'contenteditable',
  };
</script>
<script type="text/javascript" nonce="">
  window.ip_wording = { countryName: '中国', provinceName: '' };
  window.__second_open__ = true;
</script>
`;
}
