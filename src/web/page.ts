import { minuteOf } from "../calendar.ts";
import { VISITED_LIFECYCLES } from "../model.ts";
import type { Status, StatusAccount } from "../store/statusPage.ts";
import { type Alerting, alertsNote } from "./alertsNote.ts";
import { documentOf } from "./document.ts";
import { faultTable } from "./faults.ts";
import { departmentForm, departmentsOf } from "./filter.ts";
import { type Html, html } from "./html.ts";
import { overdueTable } from "./replies.ts";
import { isSeen } from "./state.ts";
import { summary } from "./summary.ts";
import { minuteOrUnknown } from "./text.ts";
import { updatesTable } from "./updates.ts";

const TITLE = "政务微信矩阵";

/** The status page for clerks and leaders, of all accounts or of one department's; times are those of Asia/Shanghai. */
export function statusPage(status: Status, now: Date, alerting: Alerting, department: string | null = null): string {
  const departments = departmentsOf(status.accounts);
  const chosen = departments.find(({ code }) => code === department);
  const alerts = alertsNote(status.alerts, alerting, now);
  const form = departmentForm(departments, department);
  const title = chosen ? `${chosen.name} · ${TITLE}` : TITLE;
  return documentOf(
    html`<header>
<h1>${TITLE}${chosen ? html`<span class="line"><bdi>${chosen.name}</bdi></span>` : ""}</h1>
<p class="note">本页生成于 ${minuteOf(now)}（北京时间）。</p>
${form}
</header>
<main>
${main(status, department, chosen !== undefined, alerts, now)}
</main>
<footer><p class="note">供维护人员查看：最近一次调度 ${minuteOrUnknown(status.plannerTickedAt)}，指标 <a href="/metrics">/metrics</a>，运行状态 <a href="/ready">/ready</a>。</p></footer>`,
    title,
  );
}

/** What people see while the store cannot be read. */
export function unavailablePage(): string {
  return documentOf(html`<main>
<h1>${TITLE}</h1>
<p>暂时读不到数据库，本页稍后恢复。采集与历史数据不受影响；运行状态见 <a href="/ready">/ready</a>。</p>
</main>`);
}

function main(status: Status, department: string | null, known: boolean, alerts: Html, now: Date): Html {
  const { accounts } = status;
  if (department !== null && !known) return unknownDepartment();
  if (accounts.length === 0) return html`${alerts}${emptyRegister()}`;
  const shown = department === null ? accounts : accounts.filter((account) => account.department === department);
  const visited = shown.filter(isVisited);
  const seen = visited.filter((account) => isSeen(account, now));
  return html`${summary(visited, shown.length - visited.length, now)}
${department === null ? alerts : ""}
${updatesTable(seen, now)}
${overdueTable(visited)}
${faultTable(visited, now)}`;
}

const isVisited = ({ lifecycle }: StatusAccount) => VISITED_LIFECYCLES.some((name) => name === lifecycle);

function unknownDepartment(): Html {
  return html`<p>没有找到这个单位：它可能已经改名、撤并，或名下没有在册的公众号。请在上方重新选择，或<a href="/">查看全部单位</a>。</p>`;
}

function emptyRegister(): Html {
  return html`<p>登记表还是空的，尚无公众号可监测。</p>
<p>请准备一份 CSV 登记表（必填列：<code>department_code</code>、<code>account_code</code>、<code>account_name</code>、<code>app_id</code>），然后在本机运行：</p>
<p><code>npx govmatrix account import 登记表.csv</code></p>
<p>导入后程序会自动开始采集，本页随之更新。</p>`;
}
