import { place } from "../kit/board.ts";
import { counts } from "../kit/counts.ts";
import { linkTo } from "../kit/links.ts";
import { lines } from "../kit/panels.ts";
import { range, rows } from "../kit/query.ts";
import { atMinute, table } from "../kit/table.ts";

const AGES = "time() - max by (account, collector) (govmatrix_account_data_timestamp_seconds)";

const lag = lines(
  {
    title: "数据距今",
    description:
      "各采集项的数据截至时刻距现在多久：一半账号在此之内（p50），和最久的一个账号。statistics 每天早上更新，距今 8 到 32 小时是正常的。",
    unit: "s",
    noValue: "还没有取得任何账号的数据",
  },
  range(`quantile by (collector) (0.5, ${AGES})`, "{{collector}} p50"),
  range(`max by (collector) (${AGES})`, "{{collector}} 最久"),
);
const faulty = counts(
  {
    title: "最近一次访问失败的账号",
    description: "最近一次访问失败的公众号数，按采集项和错误代码；成功一次即不计。",
    unit: "suffix: 个",
    noValue: "没有最近一次访问失败的公众号",
  },
  range(
    "count by (collector, code) (max by (account, collector, code) (govmatrix_account_error))",
    "{{collector}} {{code}}",
  ),
);
const accounts = table(
  {
    title: "统计数据有故障的公众号",
    description: "最近一次访问统计接口失败、且未注销的公众号：代码、原因和处置。按数据截至时间，最久的在前。",
    noValue: "没有统计数据有故障的公众号",
  },
  rows(`
    select account_name, department_name, last_error_code, last_error_reason, statistics_as_of, account
    from v_account
    where lifecycle <> 'closed' and last_error_code is not null
    order by statistics_as_of nulls first, account_name`),
  {
    account_name: { title: "公众号", width: 170, link: linkTo("govmatrix-account", { account: "account" }) },
    department_name: { title: "单位", width: 200 },
    last_error_code: { title: "代码", width: 100 },
    last_error_reason: { title: "原因与处置" },
    statistics_as_of: atMinute("数据截至"),
  },
  ["account"],
);

export const data = [place(12, 8, lag), place(12, 8, faulty), place(24, 6, accounts)];
