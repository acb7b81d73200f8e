import type { Article } from "../articles.ts";
import { identityOf } from "../links.ts";
import { pick, salt } from "../random.ts";
import type { Standing } from "../standing.ts";
import { escapeScript, pageOf } from "./text.ts";

const wording = salt("wording");

/** What the platform shows instead of an article. */
const wordings = {
  deleted: ["该内容已被发布者删除", "该内容已被发送人删除"],
  violation: [
    "此内容因违规无法查看",
    "此内容因违规已删除",
    "此内容发送失败无法查看",
    "该内容被投诉且经审核涉嫌违规",
    "被投诉且经审核涉嫌侵权，无法查看",
  ],
  account_gone: ["此帐号已被屏蔽", "此帐号已自主注销", "此帐号处于帐号迁移流程中"],
} as const;

const message = (title: string, more = "") => `<div class="weui-msg">
  <div class="weui-msg__icon-area"><i class="weui-icon-warn weui-icon_msg"></i></div>
  <div class="weui-msg__text-area">
    <h2 class="weui-msg__title">
      ${title}
    </h2>
${more}  </div>
</div>
`;

const notice = (body: string, bodyClass = "") => pageOf("微信公众平台", "", bodyClass, body);

/** Some notices have no title of their own, only a line of text. */
const plain = (text: string) =>
  notice(`<div class="page_msg"><div class="inner"><div class="msg_content"><p>${text}</p></div></div></div>\n`);

const described = (title: string) =>
  notice(message(title, '    <p class="weui-msg__desc">由用户投诉并经平台审核</p>\n'));

export function standingPage(article: Article, state: Exclude<Standing["state"], "ok">): string {
  switch (state) {
    case "deleted":
      return notice(message(pick(wordings.deleted, article.key, wording)));
    case "violation": {
      const text = pick(wordings.violation, article.key, wording);
      return article.key % 2 === 0 ? plain(text) : described(text);
    }
    case "account_gone":
      return notice(message(pick(wordings.account_gone, article.account.index, wording)));
    case "migrated": {
      const target = `http://mp.weixin.qq.com/s?${identityOf(article)}&transfer=1#rd`;
      return notice(
        `${message("该公众号已迁移", '    <p class="weui-msg__desc">该公众号已迁移至新的帐号，原帐号已回收</p>\n')}<script nonce="" type="text/javascript">var transferTargetLink = '${escapeScript(target)}';</script>\n`,
      );
    }
    case "rumor":
      return notice('<div class="page_rumor"><h2 class="title">此文章已被认定为不实信息</h2></div>\n');
    case "privacy":
      return notice(message("根据作者隐私设置，无法查看该内容"));
    case "link_expired":
      return expiredPage();
  }
}

export const expiredPage = () => notice(message("链接已过期 "));
export const badLinkPage = () => notice(message("参数错误"));

/** The page that asks the visitor to prove to be human. */
export const verifyPage = () =>
  notice(
    message(
      "环境异常",
      '    <p class="weui-msg__desc">当前环境异常，完成验证后即可继续访问。</p>\n    <p class="weui-btn-area"><a href="javascript:;" id="js_verify" class="weui-btn weui-btn_primary">去验证</a></p>\n',
    ),
  );

/** The same in older words; its text appears only when the script writes it. */
export const frequentPage = () =>
  notice(`<script type="text/javascript">
document.write('<div class="qrcheck_box" style="display:block;">\\
  <div class="qrcheck_msg">访问过于频繁，请用微信扫描二维码进行访问</div>\\
</div>');
</script>
`);
