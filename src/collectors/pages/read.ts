import { PlatformError } from "../../errors.ts";
import type { ArticlePage } from "../../model.ts";
import { closeBucket, closedUntil } from "../../store/pageBucket.ts";
import {
  accountMarks,
  ensurePublished,
  type Look,
  type PageTarget,
  postponeLook,
  saveLook,
  savePublicationTry,
} from "../../store/pages.ts";
import type { Visit } from "../collector.ts";
import { foreignLook, isForeign, lookAt, type Marks, noPageLook } from "./look.ts";
import { reach, type Slot } from "./turn.ts";

const CAPTCHA_PAUSE_MS = 60 * 60_000;
/** So many pages in a row that did not come are a fault of the way, not of the pages. */
const MAX_FAULTS_IN_A_ROW = 3;
export const CAPTCHA = "captcha";
export const FOREIGN_PAGE = "foreign_page";

/** Reads one target per slot, each saved by itself; answers the faults. A captcha, of whichever visit, ends it. */
export async function readPages(visit: Visit, targets: PageTarget[], slots: Slot[]): Promise<PlatformError[]> {
  const { db, account, pagePorts } = visit;
  const { originalId, links } = await accountMarks(db, account.id);
  const ofAccount: Marks = { articleId: null, biz: usualBiz(visit, links), originalId };
  let waiting = targets;
  const errors: PlatformError[] = [];
  let faultsInARow = 0;
  for (const slot of slots) {
    const [target, ...others] = waiting;
    if (!target || faultsInARow === MAX_FAULTS_IN_A_ROW) break;
    await reach(slot, pagePorts.signal);
    if (await closedUntil(db, pagePorts.now())) break;
    if (performance.now() > slot.until) continue;
    waiting = others;
    const page = await readPage(visit, target);
    if (page instanceof PlatformError) {
      faultsInARow += 1;
      errors.push(page);
      await visit.save((trx) => postponeLook(trx, account.id, target, pagePorts.now()));
    } else if (page?.state === "captcha") {
      const until = new Date(pagePorts.now().getTime() + CAPTCHA_PAUSE_MS);
      await closeBucket(db, { until, code: CAPTCHA });
      return [captcha(visit, until), ...errors];
    } else {
      faultsInARow = 0;
      const error = await savePage(visit, target, page, ofAccount);
      if (error) errors.push(error);
      // A short link may have led to an article that is waiting too.
      else waiting = others.filter((other) => other.articleId === null || other.articleId !== page?.articleId);
    }
  }
  return errors;
}

/** Null = the link leads to no page. */
async function readPage(visit: Visit, target: PageTarget): Promise<ArticlePage | PlatformError | null> {
  try {
    return await visit.platform.pages.read(target.url, visit.pagePorts);
  } catch (error) {
    if (!(error instanceof PlatformError) || visit.pagePorts.signal.aborted) throw error;
    return error.code === "not_a_page" ? null : error;
  }
}

async function savePage(
  visit: Visit,
  target: PageTarget,
  page: ArticlePage | null,
  ofAccount: Marks,
): Promise<PlatformError | null> {
  const now = visit.pagePorts.now();
  if (page === null) {
    await save(visit, target, target.articleId, noPageLook());
    return null;
  }
  const expected = {
    articleId: target.articleId,
    biz: visit.platform.pages.identify(target.url).biz ?? ofAccount.biz,
    originalId: ofAccount.originalId,
  };
  if (isForeign(page, expected)) {
    await save(visit, target, target.articleId, foreignLook(target, now));
    return foreignPage(visit, target);
  }
  const told = page.state === "ok" ? page.articleId : null;
  await save(visit, target, target.articleId ?? told, lookAt(target, page, now));
  visit.needed([visit.platform.pageApi]);
  return null;
}

/** Of a short link whose page did not tell its article there is nothing to save but the try. */
async function save(visit: Visit, target: PageTarget, articleId: string | null, look: Look): Promise<void> {
  const { account, pagePorts } = visit;
  const now = pagePorts.now();
  await visit.save(async (trx) => {
    if (target.publication) await savePublicationTry(trx, account.id, target.publication, articleId, now);
    if (target.publication && articleId !== null) await ensurePublished(trx, account.id, articleId, target);
    if (articleId !== null) await saveLook(trx, account.id, articleId, look, now);
  });
}

/** The `__biz` that most of the account's links have. */
function usualBiz(visit: Visit, links: string[]): string | null {
  const counts = new Map<string, number>();
  for (const link of links) {
    const { biz } = visit.platform.pages.identify(link);
    if (biz !== null) counts.set(biz, (counts.get(biz) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function captcha(visit: Visit, until: Date): PlatformError {
  return new PlatformError({
    name: "CaptchaRequired",
    code: CAPTCHA,
    retry: "later",
    scope: "request",
    message: `the platform wants a captcha: no article page is read until ${until.toISOString()}`,
    reason:
      "微信要求人工验证访问环境，所有账号的文章页面采集已暂停，一小时后自动重试，无需处理；若持续出现，请系统管理员调大 PAGE_INTERVAL_SECONDS，并检查同一网络出口是否另有程序在频繁访问微信文章。",
    api: visit.platform.pageApi,
  });
}

function foreignPage(visit: Visit, target: PageTarget): PlatformError {
  return new PlatformError({
    name: "ForeignPage",
    code: FOREIGN_PAGE,
    retry: "later",
    scope: "request",
    message: `the page of article ${target.articleId ?? "behind a short link"} belongs to another article or account`,
    reason:
      "文章链接打开的页面不属于本公众号或不是该篇文章，页面内容未采用；请核对登记表中的原始 ID（original_id），无误则告知系统维护人员。",
    api: visit.platform.pageApi,
  });
}
