import { minuteOf } from "../calendar.ts";
import type { Day } from "../model.ts";
import type { StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";
import { REPLIES_NOTE, replyCells } from "./replies.ts";
import { sparkline, sparklineDays } from "./sparkline.ts";
import { stateOf } from "./state.ts";
import { type Column, table } from "./table.ts";
import { accountName, figure, lastPublication, minuteOrUnknown, UNKNOWN } from "./text.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const COLUMNS: Column[] = [
  { label: "公众号" },
  { label: "距更新期限", look: "moment" },
  { label: "最近更新", look: "moment" },
  { label: "近30日发文" },
  { label: "近7日发文", look: "number" },
  { label: "近7日阅读人数", look: "number" },
  { label: "关注人数", look: "number" },
  { label: "待回复", look: "number" },
  { label: "超时未回复", look: "number" },
  { label: "数据截至", look: "moment" },
];

/** The accounts that can be seen, the nearest deadline first; those that are bound to none last. */
export function updatesTable(accounts: readonly StatusAccount[], now: Date): Html {
  if (accounts.length === 0) return html``;
  const days = sparklineDays(accounts, now);
  const rows = [...accounts].sort(byRisk).map((account) => rowOf(account, days, now));
  const caption = html`按距更新期限由近到远。如在数据截止时间之后已经发布，请忽略提示。阅读、关注人数仅供运营参考，不作为考核评价依据。`;
  return html`<section>
<h2>更新与回复</h2>
${table(caption, COLUMNS, rows)}
<p class="note">近30日发文：每天一格（${days.at(0) ?? ""} 至 ${days.at(-1) ?? ""}），高低按该账号自己最多的一天；只有底线表示当天没有发文，空白表示当天尚无数据。近7日阅读人数为日阅读人数合计。</p>
${REPLIES_NOTE}
</section>`;
}

function byRisk(left: StatusAccount, right: StatusAccount): number {
  if (left.publishDeadlineAt === null) return right.publishDeadlineAt === null ? 0 : 1;
  return right.publishDeadlineAt === null ? -1 : left.publishDeadlineAt.getTime() - right.publishDeadlineAt.getTime();
}

function rowOf(account: StatusAccount, days: readonly Day[], now: Date): Html[] {
  return [
    accountName(account),
    deadline(account, now),
    html`${lastPublication(account, now)}`,
    sparkline(account.publications, days),
    html`${figure(account.articles7d)}`,
    html`${figure(account.readers7d)}`,
    html`${figure(account.followers)}`,
    ...replyCells(account),
    html`${minuteOrUnknown(account.dataUntil)}${repliesUntil(account)}${failing(account)}`,
  ];
}

function repliesUntil({ repliesAsOf }: StatusAccount): Html {
  return repliesAsOf === null ? html`` : html` <span class="note line">回复 ${minuteOf(repliesAsOf)}</span>`;
}

function failing({ errorCode }: StatusAccount): Html {
  return errorCode === null ? html`` : html` <span class="near line">采集有故障</span>`;
}

function deadline(account: StatusAccount, now: Date): Html {
  const state = stateOf(account, now);
  if (state === "unjudged") return html`不设期限`;
  if (account.publishDeadlineAt === null) return html`${UNKNOWN}`;
  const left = account.publishDeadlineAt.getTime() - now.getTime();
  const at = html` <span class="note line">${minuteOf(account.publishDeadlineAt)}</span>`;
  if (state === "passed") return html`<span class="over">已超期 ${lasting(-left)}</span>${at}`;
  if (state === "unproven") return html`<span class="near">期限已到，数据尚未覆盖，待核实</span>${at}`;
  const text = left < DAY_MS ? "不足 1 天" : `${Math.floor(left / DAY_MS)} 天`;
  return state === "near" ? html`<span class="near">${text}</span>${at}` : html`${text}${at}`;
}

/** As `need` of v_account_risk says it. */
function lasting(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const parts = [...(days > 0 ? [`${days} 天`] : []), ...(hours > 0 ? [`${hours} 小时`] : [])];
  return parts.join(" ") || "不足 1 小时";
}
