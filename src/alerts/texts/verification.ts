import type { AccountFacts } from "../../store/alertFacts.ts";
import { type AccountText, lastDayOf, shortNameOf, type Told } from "./text.ts";

const DAY_MS = 86_400_000;

export const verificationExpiring: AccountText = {
  heading: () => "微信认证临期或已过期",
  resolvedHeading: "微信认证提醒已解除",
  dataTime: () => null,
  advice: () =>
    "请公众号的管理员登录微信公众平台（mp.weixin.qq.com）办理年审。认证失效后，平台会停用数据接口，本系统将采集不到数据。",
  tell: ({ kind }, facts, now) => (kind === "resolved" ? resolved(facts) : expiring(facts, now)),
};

function expiring(facts: AccountFacts, now: Date): Told {
  const { verificationExpiresAt: expiresAt } = facts;
  const name = shortNameOf(facts);
  if (expiresAt === null) {
    const unknown = "有效期未知，请登录公众平台核实";
    return { title: `${name}的微信认证即将到期`, lines: [`认证${unknown}。`], row: unknown, short: "有效期未知" };
  }
  const day = lastDayOf(expiresAt);
  const days = Math.floor((expiresAt.getTime() - now.getTime()) / DAY_MS);
  const left = days < 0 ? "已过期" : days === 0 ? "不足 1 天" : `还有 ${days} 天`;
  return {
    title: days < 0 ? `${name}的微信认证已过期` : `${name}的微信认证将于 ${day} 到期`,
    lines: [`认证有效期至：${day}（${left}）`],
    row: `认证有效期至 ${day}（${left}）`,
    short: `至 ${day}`,
  };
}

function resolved(facts: AccountFacts): Told {
  const { verificationExpiresAt: expiresAt } = facts;
  const state = expiresAt === null ? "认证有效期未知" : `认证有效期至 ${lastDayOf(expiresAt)}`;
  return { title: `微信认证提醒已解除：${shortNameOf(facts)}`, lines: [`${state}。`], row: state, short: state };
}
