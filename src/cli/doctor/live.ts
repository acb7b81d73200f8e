import { minuteOf } from "../../calendar.ts";
import type { CallLedger } from "../../collectors/ledger.ts";
import { PlatformError } from "../../errors.ts";
import type { Account, AccountProfile, Day, ReplyChannel } from "../../model.ts";
import type { Part, Platform, Session } from "../../platforms/platform.ts";
import type { AccountFacts } from "../../store/doctor.ts";
import type { Db } from "../../store/upsert.ts";
import { ASIDES, endsExamination, type Finding, faultFinding, finding, type State, split, turnOf } from "./finding.ts";
import { createQuotaCheck } from "./quota.ts";

/** What the live checks of one account work with. */
export interface Examination {
  account: Account;
  platform: Platform;
  session: Session;
  ledger: CallLedger;
  db: Db;
  facts: AccountFacts;
  now: Date;
  /** A day whose statistics may be asked. */
  day: Day;
}

export interface LiveFindings {
  findings: Finding[];
  /** Null = not told. */
  profile: AccountProfile | null;
  /** What the calls failed with, for the ledger. */
  errors: PlatformError[];
}

/** Nobody is asked what citizens sent on a day: that serves one weekly question of the visits. */
type LivePart = Exclude<Part, "quota" | "messageDays">;

const HOUR_MS = 3_600_000;

interface PartCheck {
  ask(examination: Examination): Promise<unknown>;
  /** What a missing permission is: without these figures the account is blind, poorer, or no worse. */
  refused: State;
  /** The coverage that tells of the permission when the platform is not asked. */
  coverage: { collector: string; part: string };
  /** Which the account may not have at all. */
  channel?: ReplyChannel;
}

const PARTS: Record<LivePart, PartCheck> = {
  summary: {
    ask: ({ session, day }) => session.statistics.summary(day, day),
    refused: "fault",
    coverage: { collector: "statistics", part: "summary" },
  },
  articles: {
    ask: ({ session, day }) => session.statistics.articles(day),
    refused: "fault",
    coverage: { collector: "statistics", part: "articles" },
  },
  followers: {
    ask: ({ session, day }) => session.statistics.followers(day, day),
    refused: "warn",
    coverage: { collector: "statistics", part: "followers" },
  },
  publications: {
    ask: ({ session }) => session.publications.list(0),
    refused: "warn",
    coverage: { collector: "publications", part: "list" },
  },
  account: {
    ask: ({ session }) => session.profile.account(),
    // Whether an account's own token may ask this is the platform's choice.
    refused: "unknown",
    coverage: { collector: "profile", part: "account" },
  },
  comments: {
    ask: async ({ session, facts: { newestArticle } }) =>
      newestArticle === null ? null : await session.comments.list(newestArticle, 0),
    refused: "warn",
    coverage: { collector: "replies", part: "comments" },
    channel: "comment",
  },
  messages: {
    ask: ({ session, now }) => session.messages.list(new Date(now.getTime() - HOUR_MS), now, null),
    refused: "warn",
    coverage: { collector: "replies", part: "messages" },
    channel: "message",
  },
};

/** Credentials first, then each API's quota and one call of it; without credentials nothing else is asked. */
export async function examine(examination: Examination): Promise<LiveFindings> {
  const result: LiveFindings = { findings: [], profile: null, errors: [] };
  const { findings, errors } = result;
  try {
    await examination.session.authorise();
    findings.push(finding("token", "ok", "访问凭证正常"), finding("allow_list", "ok", "出口 IP 在白名单中"));
    const checkQuota = createQuotaCheck(examination);
    for (const part of Object.keys(PARTS) as LivePart[]) await examinePart(examination, part, checkQuota, result);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    errors.push(error);
    const found = faultFinding(error, error.scope === "account" ? null : (error.api ?? null));
    // The token was given: what the account is refused for shows at its calls.
    const given = findings.some(({ check }) => check === "token");
    findings.push(given && found.check === "token" ? { ...found, check: "request" } : found);
  }
  return result;
}

/** Throws what makes further questions to the platform pointless. */
async function examinePart(
  examination: Examination,
  part: LivePart,
  checkQuota: ReturnType<typeof createQuotaCheck>,
  result: LiveFindings,
): Promise<void> {
  const { platform, ledger, facts } = examination;
  const { findings, errors } = result;
  const apis = platform.apis[part];
  const { ask, refused } = PARTS[part];
  const lacksSubject = part === "comments" && facts.newestArticle === null;
  let scarce = false;
  // One call a week is no concern of a quota.
  for (const api of part === "account" ? [] : apis) {
    const quota = await checkQuota(api);
    findings.push(quota.finding);
    scarce ||= quota.scarce;
  }
  if (scarce || lacksSubject) {
    findings.push(...permissionAsStored(examination, part));
    return;
  }
  try {
    await ledger.reserve(apis, 1);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    findings.push(faultFinding(error, error.api ?? null), ...permissionAsStored(examination, part));
    return;
  }
  ledger.made(apis);
  try {
    const answer = await ask(examination);
    if (part === "account") result.profile = answer as AccountProfile;
    findings.push(...apis.map((api) => finding("permission", "ok", "有调用权限", { subject: api })));
  } catch (error) {
    if (!(error instanceof PlatformError) || endsExamination(error)) throw error;
    if (error.scope === "function") {
      findings.push(...apis.map((api) => absentFinding(api, error.reason)));
      return;
    }
    errors.push(error);
    const told = faultFinding(error, error.api ?? apis.join(","));
    if (told.check === "permission") findings.push({ ...told, state: refused });
    else findings.push(told, ...permissionAsStored(examination, part));
  }
}

function permissionAsStored({ platform, facts }: Examination, part: LivePart): Finding[] {
  const { coverage, refused, channel } = PARTS[part];
  const absent = facts.channels.some((row) => row.channel === channel && row.state === "absent");
  const look = facts.looks.find((row) => row.collector === coverage.collector && row.part === coverage.part);
  return platform.apis[part].map((subject) => {
    if (!look) return finding("permission", "unknown", "本次未试调用，此前也没有记录", { subject });
    const at = minuteOf(look.fetchedAt);
    if (absent) return absentFinding(subject, `本次未试调用；${at} 该公众号没有此功能`);
    if (look.state !== "unavailable") return finding("permission", "ok", `本次未试调用；${at} 有调用权限`, { subject });
    const code = look.code ?? "unavailable";
    const reason = `本次未试调用，${at} 没有此接口的权限：请确认微信认证有效，并已获得该接口。`;
    return finding("permission", refused, ...split(reason, { subject, code, turn: turnOf(code) }));
  });
}

/** That an account has no such function is as good as having it. */
function absentFinding(subject: string, detail: string): Finding {
  return finding("permission", "ok", detail, { subject, code: ASIDES.absent });
}
