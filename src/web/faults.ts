import type { StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";
import { faultOf } from "./state.ts";
import { type Column, table } from "./table.ts";
import { accountName, lastPublication, minuteOrUnknown } from "./text.ts";

const COLUMNS: Column[] = [
  { label: "公众号" },
  { label: "原因与处理办法", look: "wordy" },
  { label: "已知的最近更新", look: "moment" },
  { label: "数据截至", look: "moment" },
];

/** What cannot be collected, and who can mend it how. */
export function faultTable(accounts: readonly StatusAccount[], now: Date): Html {
  const faulty = accounts.flatMap((account) => {
    const fault = faultOf(account, now);
    return fault === null ? [] : [{ account, fault }];
  });
  if (faulty.length === 0) return html``;
  const rows = faulty.map(({ account, fault }) => [
    accountName(account),
    html`${fault}`,
    html`${lastPublication(account, now)}`,
    html`${minuteOrUnknown(account.dataUntil)}`,
  ]);
  return html`<section>
<h2>采集故障（${faulty.length} 个账号）</h2>
${table(html`采集故障不等于断更：采集不到的账号恢复之前不作更新判断，请照常更新。`, COLUMNS, rows)}
</section>`;
}
