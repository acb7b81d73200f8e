import { LeaseLostError, PlatformError } from "../../errors.ts";
import type { ArticlePage } from "../../model.ts";
import { isDatabaseAway } from "../../store/database.ts";
import { closeBucket, closedUntil, wasReadSince } from "../../store/pageBucket.ts";
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
import { asPlatformError } from "../lease.ts";
import { CAPTCHA, captcha, foreignPage, isOfTheWay } from "./faults.ts";
import { comparedSince, foreignLook, isForeign, lookAt, type Marks, nextTry, noPageLook } from "./look.ts";
import { reach, type Slot } from "./turn.ts";

/** So many pages in a row that did not come are a fault of the way, not of the pages. */
const MAX_FAULTS_IN_A_ROW = 3;

export interface Reading {
  errors: PlatformError[];
  /** Every slot had passed before its page could be asked for. */
  missed: boolean;
}

/** Reads one target per slot, each saved by itself; answers the faults. A captcha, of whichever visit, ends it. */
export async function readPages(visit: Visit, targets: PageTarget[], slots: Slot[]): Promise<Reading> {
  const { db, account, pagePorts } = visit;
  const { originalId, links } = await accountMarks(db, account.id);
  const ofAccount: Marks = { articleId: null, biz: usualBiz(visit, links), originalId };
  let waiting = targets;
  const errors: PlatformError[] = [];
  let missed = true;
  let faultsInARow = 0;
  for (const slot of slots) {
    const [target, ...others] = waiting;
    if (!target || faultsInARow === MAX_FAULTS_IN_A_ROW) break;
    await reach(slot.askAt, pagePorts.signal);
    if (await closedUntil(db, pagePorts.now())) return { errors, missed: false };
    await reach(slot.from, pagePorts.signal);
    if (performance.now() > slot.until) continue;
    missed = false;
    waiting = others;
    const read = await lookOnce(visit, target, ofAccount);
    if (read instanceof PlatformError) {
      faultsInARow = isOfTheWay(read) ? faultsInARow + 1 : 0;
      if (read.code === CAPTCHA) return { errors: [read, ...errors], missed };
      errors.push(read);
    } else {
      faultsInARow = 0;
      // A short link may have led to an article that is waiting too.
      waiting = others.filter((other) => other.articleId === null || other.articleId !== read);
    }
  }
  return { errors, missed };
}

/** The article that the page told, or the fault. One that is not foreseen must not keep the other pages from being read. */
async function lookOnce(visit: Visit, target: PageTarget, ofAccount: Marks): Promise<PlatformError | string | null> {
  try {
    const page = await readPage(visit, target);
    if (page?.state !== "captcha") return await savePage(visit, target, page, ofAccount);
    if (!(await isOnlyOne(visit, target))) return await closePages(visit, target);
    return await savePage(visit, target, { ...page, state: "unknown" }, ofAccount);
  } catch (error) {
    if (visit.pagePorts.signal.aborted || error instanceof LeaseLostError || isDatabaseAway(error)) throw error;
    const fault = asPlatformError(error);
    if (fault !== error) visit.log.error({ error: fault.message, article: target.articleId }, "the page was not read");
    await putOff(visit, target, fault.code);
    return fault;
  }
}

/** Null = the link leads to no page. */
async function readPage(visit: Visit, target: PageTarget): Promise<ArticlePage | null> {
  try {
    return await visit.platform.pages.read(target.url, visit.pagePorts);
  } catch (error) {
    if (error instanceof PlatformError && error.code === "not_a_page") return null;
    throw error;
  }
}

/** A page that wants a captcha time and again, while others come well, says something about itself. */
async function isOnlyOne(visit: Visit, target: PageTarget): Promise<boolean> {
  const since = comparedSince(target);
  return since !== null && (await wasReadSince(visit.db, since));
}

async function closePages(visit: Visit, target: PageTarget): Promise<PlatformError> {
  const until = await closeBucket(visit.db, { now: visit.pagePorts.now(), code: CAPTCHA });
  await putOff(visit, target, CAPTCHA);
  return captcha(visit, until);
}

async function putOff(visit: Visit, target: PageTarget, reason: string): Promise<void> {
  const at = visit.pagePorts.now();
  const look = { at, dueAt: nextTry(target, at), reason };
  await visit.save((trx) => postponeLook(trx, visit.account.id, target, look));
}

async function savePage(
  visit: Visit,
  target: PageTarget,
  page: ArticlePage | null,
  ofAccount: Marks,
): Promise<PlatformError | string | null> {
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
  return page.articleId;
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
