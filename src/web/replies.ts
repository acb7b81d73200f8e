import { cleanName } from "../alerts/clean.ts";
import { minuteOf } from "../calendar.ts";
import { UNSETTLED } from "../model.ts";
import type { OverdueCase, StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";
import { type Column, table } from "./table.ts";
import { accountName, figure, minuteOrUnknown, UNKNOWN } from "./text.ts";

/** The page shows those that wait longest; the command tells all. */
const ACCOUNTS_SHOWN = 20;
const TITLE_GRAPHEMES = 64;

const COLUMNS: Column[] = [
  { label: "公众号" },
  { label: "超时未回复", look: "number" },
  { label: "等待最久的", look: "wordy" },
  { label: "数据截至", look: "moment" },
];

/** The cells of open and overdue cases. */
export function replyCells(account: StatusAccount): [open: Html, overdue: Html] {
  const { openCases, overdueCases } = account;
  const overdue = overdueCases
    ? html`<span class="over">${figure(overdueCases)}</span>`
    : html`${figure(overdueCases)}`;
  const notes = channelNotes(account).map((note) => html` <span class="note line">${note}</span>`);
  return [html`${figure(openCases)}${notes}`, overdue];
}

/** Why something is not counted, where that is known. */
function channelNotes(account: StatusAccount): string[] {
  const { commentState, commentCode, messageState, messageCode, openCases } = account;
  const notes: string[] = [];
  if (commentState === "absent") notes.push("无留言功能");
  // Beside a dash nobody takes the unknown for nothing.
  if (commentState === null && openCases !== null) notes.push(uncounted("留言", commentCode));
  if (messageState === "hidden") notes.push("私信由服务器接管，无法测量");
  if (messageState === null && messageCode === UNSETTLED) notes.push("私信尚未确认能否统计");
  else if (messageState === null && openCases !== null) notes.push(uncounted("私信", messageCode));
  // Most accounts answer comments only: worth saying just where nothing else explains the dash.
  if (messageState === "absent" && openCases === null) notes.push("未启用客服");
  return notes;
}

const uncounted = (channel: string, code: string | null) =>
  `${channel}${code === null ? "尚未读取" : "暂时无法读取"}，未计入`;

export const REPLIES_NOTE: Html = html`<p class="note">待回复包括文章留言和客服私信中尚无人工回复的；只有提问、咨询、投诉、求助等需要答复的才会计为超时，致谢、问候等不会。${UNKNOWN} 表示未知或无法测量，不等于 0。</p>`;

/** The oldest overdue cases of each account, the longest waiting account first. */
export function overdueTable(accounts: readonly StatusAccount[]): Html {
  const overdue = accounts.filter(({ overdueCases }) => overdueCases).sort((a, b) => oldestOf(a) - oldestOf(b));
  if (overdue.length === 0) return html``;
  const rows = overdue
    .slice(0, ACCOUNTS_SHOWN)
    .map((account) => [
      accountName(account),
      html`${figure(account.overdueCases)}`,
      html`${account.oldestOverdue.map(caseLine)}`,
      html`${minuteOrUnknown(account.repliesAsOf)}`,
    ]);
  const more = overdue.length - ACCOUNTS_SHOWN;
  const rest =
    more > 0
      ? html`<p class="note">另有 ${more} 个账号有超时未回复，全部清单：<code>npx govmatrix case list --state overdue</code></p>`
      : html``;
  const caption = html`按等待时间由长到短，每个账号列出等待最久的几条。留言请在公众平台查看原文并回复；私信请用客服功能（网页端客服）回复，在后台“私信”里直接回复的统计不到。如在数据截止时间之后已经回复，请忽略。`;
  return html`<section>
<h2>超时未回复（${overdue.length} 个账号）</h2>
${table(caption, COLUMNS, rows)}
${rest}
</section>`;
}

function caseLine({ id, channel, title, receivedAt, dueAt }: OverdueCase): Html {
  const place =
    channel === "message"
      ? html`私信`
      : title === null
        ? html`留言`
        : html`留言（<bdi>《${cleanName(title, TITLE_GRAPHEMES)}》</bdi>）`;
  return html`<div>${place}：${minuteOf(receivedAt)} 收到，应于 ${minuteOf(dueAt)} 前回复（编号 ${id}）</div>`;
}

const oldestOf = ({ oldestOverdue }: StatusAccount) => oldestOverdue[0]?.receivedAt.getTime() ?? 0;
