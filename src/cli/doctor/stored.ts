import { dayOf, minuteOf } from "../../calendar.ts";
import { type AccountProfile, REPLY_CHANNELS, type ReplyChannel } from "../../model.ts";
import type { AccountFacts, KnownChannel, LastVisit } from "../../store/doctor.ts";
import { ASIDES, type Finding, finding, split, stateOf, turnOf } from "./finding.ts";

const DAY_MS = 86_400_000;
const EXPIRY_WARNING_DAYS = 30;
/** A visit that is due is made within minutes; this leaves room for one failed morning. */
const STALE_DAYS = 2;
/** Pages are read slowly on purpose. */
const UNREAD_DAYS = 3;

const RENEWAL = "请公众号管理员登录微信公众平台（mp.weixin.qq.com）办理微信认证年审；过期后数据接口全部停用";

export function verificationFinding(profile: AccountProfile | null, facts: AccountFacts, now: Date): Finding {
  const verified = profile ? profile.verified : facts.verified;
  const expiresAt = profile ? profile.verificationExpiresAt : facts.verificationExpiresAt;
  const renewal = { remedy: RENEWAL, turn: "department" } as const;
  if (expiresAt !== null) {
    const until = dayOf(expiresAt);
    const daysLeft = (expiresAt.getTime() - now.getTime()) / DAY_MS;
    if (daysLeft <= 0) {
      return finding("verification", "fault", `微信认证已于 ${until} 过期`, { code: "expired", ...renewal });
    }
    if (daysLeft < EXPIRY_WARNING_DAYS) {
      const detail = `微信认证将于 ${until} 到期，还剩 ${Math.floor(daysLeft)} 天`;
      return finding("verification", "warn", detail, { code: "expiring", ...renewal });
    }
  }
  if (verified === false) {
    return finding("verification", "fault", "平台显示该公众号未通过微信认证", { code: "unverified", ...renewal });
  }
  if (expiresAt !== null) return finding("verification", "ok", `微信认证有效期至 ${dayOf(expiresAt)}`);
  if (verified) return finding("verification", "ok", "微信认证有效，平台未告知到期日");
  return finding("verification", "unknown", "平台未告知微信认证的到期日", {
    remedy: "可由公众号管理员在微信公众平台查看",
  });
}

/**
 * `live`: what the platform answered just now, which need not be told twice. `account` = null: visits to the
 * installation itself.
 */
export function visitFindings(
  account: string | null,
  visits: readonly LastVisit[],
  live: readonly Finding[],
  now: Date,
): Finding[] {
  const told = new Set(live.filter(({ state }) => state !== "ok").map(({ code }) => code));
  return visits.map((visit) => {
    const { collector: subject, errorCode: code } = visit;
    if (code !== null && !told.has(code)) {
      return finding("visit", "warn", ...split(failure(account, visit, code), { subject, code, turn: "system" }));
    }
    const success = visit.succeededAt ? `最近成功采集 ${minuteOf(visit.succeededAt)}` : "尚未成功采集";
    if (code === null && isStale(visit, now)) {
      return finding("visit", "warn", success, {
        subject,
        code: "stale",
        remedy: "请检查采集进程是否在运行，并查看其日志",
        turn: "system",
      });
    }
    return finding("visit", visit.succeededAt ? "ok" : "unknown", success, { subject });
  });
}

/** What others had to mend and the live checks did not meet again has been mended. */
function failure(account: string | null, { errorReason }: LastVisit, code: string): string {
  if (account === null || turnOf(code) === "system" || stateOf(code) !== "fault") {
    return `上次采集失败（${code}）。${errorReason ?? ""}`;
  }
  return `上次采集失败（${code}），本次检查未再出现：系统会自动重试，也可运行 npx govmatrix collect --account ${account}`;
}

function isStale({ succeededAt, nextDueAt }: LastVisit, now: Date): boolean {
  return succeededAt !== null && nextDueAt <= now && now.getTime() - succeededAt.getTime() > STALE_DAYS * DAY_MS;
}

export function pagesFinding({ articles, unread, unreadSince, visits }: AccountFacts, now: Date): Finding {
  const error = visits.find(({ collector }) => collector === "pages");
  if (error?.errorCode != null) {
    const { errorCode: code, errorReason } = error;
    return finding(
      "pages",
      "warn",
      ...split(errorReason ?? `读取文章页面失败（${code}）`, { code, turn: turnOf(code) }),
    );
  }
  if (articles === 0) return finding("pages", wasSeen(visits) ? "ok" : "unknown", "近 30 天没有已知的文章");
  if (unread === 0) return finding("pages", "ok", `近 30 天 ${articles} 篇文章的页面均已读取`);
  const detail = `近 30 天 ${articles} 篇文章中有 ${unread} 篇的页面尚未读取`;
  const waits = unreadSince !== null && now.getTime() - unreadSince.getTime() > UNREAD_DAYS * DAY_MS;
  if (!waits || unread * 2 < articles) return finding("pages", "ok", detail);
  return finding("pages", "warn", detail, {
    code: "backlog",
    remedy: "页面按 PAGE_INTERVAL_SECONDS 逐个读取，请确认采集进程一直在运行",
    turn: "system",
  });
}

export function curvesFinding({ sparse, visits }: AccountFacts): Finding {
  if (sparse) return finding("curves", "ok", "日数据稀疏，系统已改为每日读取", { code: "sparse" });
  return wasSeen(visits) ? finding("curves", "ok", "日数据完整") : finding("curves", "unknown", "尚无日数据");
}

/** Of an account that was never seen nothing is in order. */
const wasSeen = (visits: readonly LastVisit[]) =>
  visits.some(({ collector, succeededAt }) => collector === "statistics" && succeededAt !== null);

const CHANNEL_TEXT: Record<ReplyChannel, { name: string; absent: string; limit: string }> = {
  comment: { name: "留言", absent: "没有留言功能，不统计留言回复", limit: "" },
  message: {
    name: "客服私信",
    absent: "未启用客服，不统计私信回复",
    limit: "；请用客服功能（网页端客服）回复，在公众平台后台“私信”里直接回复的统计不到",
  },
};

/** One for each channel, and what was learned of their robots. */
export function repliesFindings(facts: AccountFacts): Finding[] {
  const { learnedGreetings: count } = facts;
  if (count === 0) return channelFindings(facts);
  const learned = finding("replies", "ok", `已识别自动回复 ${count} 条，均不算答复`, {
    subject: "message",
    code: ASIDES.learned,
    remedy: "请用 npx govmatrix greeting list 查看，并用 greeting set 确认",
    turn: "system",
  });
  return [...channelFindings(facts), learned];
}

/**
 * That an account's own server takes its messages is how some accounts work and no fault, but somebody may take their
 * missing replies for none.
 */
function channelFindings({ channels }: AccountFacts): Finding[] {
  return REPLY_CHANNELS.map((subject) => {
    const known = channels.find(({ channel }) => channel === subject);
    const { name, absent, limit } = CHANNEL_TEXT[subject];
    if (known?.state === "absent") return finding("replies", "ok", absent, { subject });
    if (known?.state === "hidden") {
      return finding("replies", "ok", "私信由该公众号“服务器配置”指定的服务器接收，不进入客服，回复用时无法测量", {
        subject,
        code: "hidden",
        remedy: "如需统计，请让该服务器把消息转给客服（transfer_customer_service），或停用服务器配置；也可以不统计私信",
        turn: "department",
      });
    }
    if (known?.code === ASIDES.unsettled) {
      const detail = "私信尚未确认能否统计：客服里还没有出现过用户消息，满七天后系统会用消息统计（getupstreammsg）核对";
      return finding("replies", "ok", detail, { subject, code: ASIDES.unsettled });
    }
    if (known?.state !== "measurable") return finding("replies", "unknown", `${name}能否统计尚不清楚`, { subject });
    return finding("replies", "ok", measured(name, known) + limit, { subject, code: ASIDES.measurable });
  });
}

function measured(name: string, { since, until }: KnownChannel): string {
  const from = since === null ? "" : `自 ${minuteOf(since)} 起`;
  const last = until === null ? "尚无完整采集" : `最近一次完整采集 ${minuteOf(until)}`;
  return `${name}回复${from}可以统计，${last}`;
}
