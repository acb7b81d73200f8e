import { minuteOf } from "../../calendar.ts";
import { cleanName } from "../clean.ts";
import { type AlertText, span } from "./text.ts";

interface SystemWords {
  /** What is wrong; `of` is the alert's subject in brackets or empty. */
  heading: (of: string) => string;
  what: string;
  advice: string;
  /** Of the same alert without a subject, where that is about something else. */
  withoutSubject?: SystemWords;
}

const WORDS: Record<string, SystemWords> = {
  CollectionStalled: {
    heading: (of) => `数据采集中断${of}`,
    what: "半数以上的公众号采集不到数据，或系统的指标已停止刷新。采集不到的公众号，恢复之前不作更新判断；能采集到的照常提醒。",
    advice: "请系统维护人员检查服务器网络、采集进程和数据库。",
  },
  PlannerStalled: {
    heading: () => "采集调度停止",
    what: "调度进程没有按时安排采集任务，各公众号的数据将逐渐过时。",
    advice: "请系统维护人员检查调度进程是否在运行。",
  },
  QueueBacklog: {
    heading: (of) => `采集任务积压${of}`,
    what: "等待执行的采集任务过多，数据会比平时晚到。",
    advice: "请系统维护人员检查采集进程是否在运行、数量是否足够。",
  },
  NotificationsFailing: {
    heading: (of) => `消息渠道发送失败${of}`,
    what: "经该渠道发送的消息连续失败。消息不会丢失：设有备用渠道的改由备用渠道发送，其余的持续重试。",
    advice: "请系统维护人员核对该渠道的地址和密钥，可用 govmatrix notify test 查看对方的答复。",
    withoutSubject: {
      heading: () => "有消息等待 15 分钟以上没有发出",
      what: "可能是通知进程（notifier）未运行或卡住，也可能是各渠道都发不出去。消息不会丢失，恢复后继续发送。",
      advice: "请系统维护人员检查 notifier 进程与各渠道。",
    },
  },
  HolidayCalendarEnding: {
    heading: () => "节假日安排数据即将用完",
    what: "之后的日子不知道是否工作日，留言回复的到期时间将无法计算。",
    advice: "国务院办公厅公布下一年放假安排后，请用 govmatrix calendar import 导入。",
  },
  Watchdog: {
    heading: () => "告警系统失联",
    what: "已有 15 分钟以上没有收到 Alertmanager 的信号，其间的告警可能发不出来。每日提要照常发送。",
    advice: "请系统维护人员检查 Prometheus 和 Alertmanager 是否在运行。",
  },
};

/** Of the county's own rules nothing but the name is known. */
const unknownWords = (alert: string): SystemWords => ({
  heading: (of) => `告警 ${cleanName(alert)}${of}`,
  what: "本县自设的告警规则已触发。",
  advice: "请按该规则的说明处理。",
});

export const SYSTEM_ALERTS: readonly string[] = Object.keys(WORDS);

/** Of an alert without an account, whoever made it; `subject` is what it is about, or empty. */
export function systemText(alert: string, subject: string): AlertText {
  const known = Object.hasOwn(WORDS, alert) ? WORDS[alert] : undefined;
  const words = known ?? unknownWords(alert);
  const name = cleanName(subject);
  const { heading, what, advice } = (name === "" ? words.withoutSubject : undefined) ?? words;
  return {
    heading: () => heading(""),
    resolvedHeading: `已解除：${heading("")}`,
    advice: () => (known ? `${advice}处置步骤见《告警处置手册》“${alert}”一节。` : advice),
    tell(entry) {
      const title = heading(name && `（${name}）`);
      if (entry.kind === "resolved") {
        const lasted = `起止时间：${span(entry)}`;
        return { title: `已解除：${title}`, lines: [lasted], row: lasted, short: lasted };
      }
      const since = `自 ${minuteOf(entry.startedAt)} 起`;
      return {
        title,
        lines: [what, `开始时间：${minuteOf(entry.startedAt)}`],
        row: `${since}。${what}`,
        short: since,
      };
    },
  };
}
