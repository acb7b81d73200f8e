import { place } from "../kit/board.ts";
import { linkTo } from "../kit/links.ts";
import { rows } from "../kit/query.ts";
import { COLOUR, SEVERITIES, texts } from "../kit/scale.ts";
import { atMinute, type Column, table } from "../kit/table.ts";

const LEVEL: Column = { title: "级别", width: 70, texts: SEVERITIES };
const DELIVERY: Column = {
  title: "通知",
  width: 130,
  texts: texts({
    delivered: ["已送达", COLOUR.good],
    pending: ["等待发送", COLOUR.notice],
    waiting: ["等待发送", COLOUR.notice],
    unsupported: ["暂缓：数据未证实", COLOUR.calm],
    inhibited: ["暂缓：已由他项告知", COLOUR.calm],
    superseded: ["已由后续通知代替", COLOUR.calm],
    nobody: ["没有可通知的人", COLOUR.warning],
  }),
};
const HEAD: Record<string, Column> = { severity: LEVEL, alert_name: { title: "事项", width: 170 } };
const ACCOUNT: Column = { title: "公众号" };
const DEPARTMENT: Column = { title: "单位" };
const TIMES: Record<string, Column> = {
  started_at: atMinute("开始"),
  lasted: { title: "已持续", width: 130 },
  delivered_at: atMinute("最早送达"),
  delivery: DELIVERY,
};
const WORST_FIRST = "highest_level desc, started_at, account_name";

const openTable = (
  title: string,
  description: string,
  noValue: string,
  about: string,
  columns: string,
  own: typeof HEAD,
  hidden: readonly string[] = [],
) =>
  table(
    { title, description, noValue },
    rows(`
      select severity, alert_name, ${columns}, started_at, lasted, delivered_at, delivery${hidden.map((name) => `, ${name}`).join("")}
      from v_alert_episode
      where ended_at is null and about = '${about}'
      order by ${WORST_FIRST}`),
    { ...HEAD, ...own, ...TIMES },
    hidden,
  );

export const open = [
  place(
    24,
    11,
    openTable(
      "未解除的预警：需要单位处理",
      "曾达到的级别高的在前，同级按开始时间。数据证实已更新、已回复后自动解除。“暂缓”指数据尚不能证实，或该公众号采集不到，暂不通知单位。",
      "没有已知的未解除预警",
      "unit",
      "account_name, department_name",
      {
        account_name: { ...ACCOUNT, link: linkTo("govmatrix-account", { account: "account" }) },
        department_name: DEPARTMENT,
      },
      ["account"],
    ),
  ),
  place(
    24,
    6,
    openTable(
      "未解除的采集故障：由系统维护人员处理，不计入单位",
      "采集和告警系统自身的故障。采集不到不等于断更：恢复之前不作更新判断。“涉及”是采集项或通知渠道。",
      "没有已知的未解除采集故障",
      "collection",
      "subject, account_name, department_name",
      // Not all are about an account: a link would lead to none.
      { subject: { title: "涉及", width: 140 }, account_name: ACCOUNT, department_name: DEPARTMENT },
    ),
  ),
];
