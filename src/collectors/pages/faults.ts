import { PlatformError } from "../../errors.ts";
import type { PageTarget } from "../../store/pages.ts";
import type { Visit } from "../collector.ts";

export const CAPTCHA = "captcha";
export const FOREIGN_PAGE = "foreign_page";
export const SLOTS_MISSED = "slots_missed";
const OF_THE_WAY = new RegExp(`^(?:network|timeout|http_429|http_5\\d\\d|${SLOTS_MISSED})$`);

/** Faults of the way to all pages; each other one is a single page's, which has its own time or needs none. */
export function isOfTheWay({ code }: { code: string }): boolean {
  return OF_THE_WAY.test(code);
}

export function captcha(visit: Visit, until: Date): PlatformError {
  return fault(visit, {
    name: "CaptchaRequired",
    code: CAPTCHA,
    message: `the platform wants a captcha: no article page is read until ${until.toISOString()}`,
    reason:
      "微信要求人工验证访问环境，所有账号的文章页面采集已暂停，一小时后自动重试，无需处理；若持续出现，请系统管理员调大 PAGE_INTERVAL_SECONDS，并检查同一网络出口是否另有程序在频繁访问微信文章。",
  });
}

export function foreignPage(visit: Visit, target: PageTarget): PlatformError {
  return fault(visit, {
    name: "ForeignPage",
    code: FOREIGN_PAGE,
    message: `the page of article ${target.articleId ?? "behind a short link"} belongs to another article or account`,
    reason:
      "文章链接打开的页面不属于本公众号或不是该篇文章，页面内容未采用；请核对登记表中的原始 ID（original_id），无误则告知系统维护人员。",
  });
}

export function slotsMissed(visit: Visit): PlatformError {
  return fault(visit, {
    name: "SlotsMissed",
    code: SLOTS_MISSED,
    message: "every moment that was reserved for a page had passed before the page could be asked for",
    reason:
      "数据库应答太慢或服务器负载过高，错过了预定的页面读取时刻，本次没有读取；请系统管理员检查数据库连接和服务器负载。",
  });
}

function fault(visit: Visit, fields: { name: string; code: string; message: string; reason: string }): PlatformError {
  return new PlatformError({ ...fields, retry: "later", scope: "request", api: visit.platform.pageApi });
}
