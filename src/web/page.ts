import { dayOf, daysBetween, minuteOf } from "../calendar.ts";
import { JUDGED_LIFECYCLES, VISITED_LIFECYCLES } from "../model.ts";
import type { Status, StatusAccount } from "../store/statusPage.ts";
import { type Alerting, alertsNote } from "./alertsNote.ts";
import { type Html, html } from "./html.ts";
import { overdueTable, REPLIES_NOTE, replyCells } from "./replies.ts";
import { asOf, figure, minuteOrUnknown, UNKNOWN } from "./text.ts";

const DAY_MS = 86_400_000;

const STYLE: Html = {
  markup: `
  body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; color: #1f2328; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid #d0d7de; padding: .4rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; min-width: 4.5rem; } td.wordy { min-width: 17rem; }
  th { background: #f6f8fa; } .number { text-align: right; font-variant-numeric: tabular-nums; }
  .over { color: #b42318; font-weight: 600; } .near { color: #9a5b00; font-weight: 600; } .note { color: #57606a; font-size: .9rem; }
  code { background: #f6f8fa; padding: .1rem .3rem; }`,
};

/** The status page for clerks and leaders; times are those of Asia/Shanghai. */
export function statusPage({ accounts, plannerTickedAt, alerts }: Status, now: Date, alerting: Alerting): string {
  const visited = accounts.filter(({ lifecycle }) => VISITED_LIFECYCLES.some((name) => name === lifecycle));
  const seen = visited.filter((account) => faultOf(account) === null).sort(byRisk);
  const blind = visited.filter((account) => faultOf(account) !== null);
  const body =
    accounts.length === 0
      ? emptyRegister()
      : html`${overview(seen, blind, accounts.length - visited.length, plannerTickedAt)}${riskTable(seen, now)}${overdueTable(visited)}${faultTable(blind, now)}`;
  return document(html`<p class="note">本页生成于 ${minuteOf(now)}（北京时间）。指标见 <a href="/metrics">/metrics</a>，运行状态见 <a href="/ready">/ready</a>。</p>
${alertsNote(alerts, alerting, now)}
${body}`);
}

/** What people see while the store cannot be read. */
export function unavailablePage(): string {
  return document(
    html`<p>暂时读不到数据库，本页稍后恢复。采集与历史数据不受影响；运行状态见 <a href="/ready">/ready</a>。</p>`,
  );
}

function document(body: Html): string {
  return html`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>政务微信矩阵</title><style>${STYLE}</style></head>
<body>
<h1>政务微信矩阵</h1>
${body}
</body>
</html>
`.markup;
}

/** Why nothing can be said of the account now; null = it can be seen. */
function faultOf({ errorCode, errorReason, dataUntil }: StatusAccount): string | null {
  if (errorCode !== null) return errorReason ?? `采集失败（代码 ${errorCode}）。`;
  return dataUntil === null ? "尚未取得数据，等待首次采集完成。" : null;
}

/** The nearest deadline first; those that are bound to none last. */
function byRisk(left: StatusAccount, right: StatusAccount): number {
  if (left.publishDeadlineAt === null) return right.publishDeadlineAt === null ? 0 : 1;
  return right.publishDeadlineAt === null ? -1 : left.publishDeadlineAt.getTime() - right.publishDeadlineAt.getTime();
}

function emptyRegister(): Html {
  return html`<p>登记表还是空的，尚无公众号可监测。</p>
<p>请准备一份 CSV 登记表（必填列：<code>department_code</code>、<code>account_code</code>、<code>account_name</code>、<code>app_id</code>），然后在本机运行：</p>
<p><code>npx govmatrix account import 登记表.csv</code></p>
<p>导入后程序会自动开始采集，本页随之更新。</p>`;
}

function overview(seen: StatusAccount[], blind: StatusAccount[], others: number, plannerTickedAt: Date | null): Html {
  const statistics = asOf(seen.map(({ dataUntil }) => dataUntil));
  const replies = asOf([...seen, ...blind].map(({ repliesAsOf }) => repliesAsOf));
  return html`<p>${statistics === null ? "尚无数据" : `数据${statistics}`}。${replies === null ? "" : `回复数据${replies}。`}可见账号 ${seen.length} 个，暂时无法采集 ${blind.length} 个，筹建中 ${others} 个。最近一次调度：${minuteOrUnknown(plannerTickedAt)}。</p>`;
}

function riskTable(accounts: StatusAccount[], now: Date): Html {
  if (accounts.length === 0) return html``;
  return html`<h2>更新与回复（按距期限由近到远）</h2>
<p class="note">如在数据截止时间之后已经发布，请忽略提示。阅读、关注人数仅供运营参考，不作为考核评价依据。</p>
<div class="wide"><table>
<thead><tr><th>公众号</th><th>单位</th><th>距超期</th><th>最近更新</th><th class="number">近7日发文</th><th class="number">近7日阅读人数</th><th class="number">关注人数</th><th class="number">待回复</th><th class="number">超时未回复</th><th>数据截至</th></tr></thead>
<tbody>
${accounts.map((account) => riskRow(account, now))}</tbody>
</table></div>
<p class="note">近7日阅读人数为日阅读人数合计。</p>
${REPLIES_NOTE}`;
}

function riskRow(account: StatusAccount, now: Date): Html {
  return html`<tr><td><bdi>${account.name}</bdi></td><td><bdi>${account.departmentName}</bdi></td><td>${deadline(account, now)}</td><td>${lastPublication(account, now)}</td><td class="number">${figure(account.articles7d)}</td><td class="number">${figure(account.readers7d)}</td><td class="number">${figure(account.followers)}</td>${replyCells(account)}<td>${minuteOrUnknown(account.dataUntil)}${repliesUntil(account)}</td></tr>
`;
}

function repliesUntil({ repliesAsOf }: StatusAccount): Html {
  return repliesAsOf === null ? html`` : html`<br><span class="note">回复 ${minuteOf(repliesAsOf)}</span>`;
}

function deadline({ publishDeadlineAt, dataUntil, lifecycle }: StatusAccount, now: Date): Html {
  if (!JUDGED_LIFECYCLES.some((name) => name === lifecycle)) return html`不设期限`;
  if (publishDeadlineAt === null) return html`${UNKNOWN}`;
  const left = publishDeadlineAt.getTime() - now.getTime();
  const at = minuteOf(publishDeadlineAt);
  if (left > 0) {
    const days = Math.floor(left / DAY_MS);
    const text = days === 0 ? "不足 1 天" : `${days} 天`;
    return days < 4 ? html`<span class="near">${text}</span>（${at}）` : html`${text}（${at}）`;
  }
  // A post of yesterday may not be visible yet: only data that reach the deadline prove silence.
  if (dataUntil === null || dataUntil < publishDeadlineAt)
    return html`<span class="near">期限已到，数据尚未覆盖，待核实</span>（${at}）`;
  return html`<span class="over">已超期 ${Math.ceil(-left / DAY_MS)} 天</span>（${at}）`;
}

function lastPublication({ lastPublishedAt }: StatusAccount, now: Date): Html {
  if (lastPublishedAt === null) return html`${UNKNOWN}`;
  // Where only the day is known the instant is its end, 24:00, which as an instant belongs to the next day.
  const day = dayOf(new Date(lastPublishedAt.getTime() - 1));
  const days = daysBetween(day, dayOf(now));
  return html`${day}（${days <= 0 ? "今天" : `${days} 天前`}）`;
}

function faultTable(accounts: StatusAccount[], now: Date): Html {
  if (accounts.length === 0) return html``;
  const rows = accounts.map(
    (account) =>
      html`<tr><td><bdi>${account.name}</bdi></td><td><bdi>${account.departmentName}</bdi></td><td>${faultOf(account) ?? ""}</td><td>${lastPublication(account, now)}</td><td>${minuteOrUnknown(account.dataUntil)}</td></tr>
`,
  );
  return html`<h2>暂时无法采集的账号</h2>
<p class="note">采集故障不等于断更：以下账号目前看不到数据，不作更新判断。</p>
<div class="wide"><table>
<thead><tr><th>公众号</th><th>单位</th><th>原因与处理办法</th><th>已知的最近更新</th><th>数据截至</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}
