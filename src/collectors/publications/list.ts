import { addDays, dayOf, daysBetween } from "../../calendar.ts";
import type { Coverage, Day } from "../../model.ts";
import type { PublicationList } from "../../platforms/platform.ts";
import { readCoverage } from "../../store/coverage.ts";
import {
  publicationTotals,
  type StoredPublication,
  savePublications,
  storedPublications,
} from "../../store/publications.ts";
import type { Visit } from "../collector.ts";
import { hasCallsToWalk } from "./interval.ts";

export const NAME = "publications";
/** So many known objects in a row at the end of a page: what follows is older. */
const KNOWN_RUN = 5;
const WALK_DAYS = 7;
const LOOKBACK_DAYS = 60;
/** Nothing at all where there was something before: believed when a later day says it again. */
const EMPTY = "empty";
/** How far a walk has come, in objects. */
const CURSOR = /^at_(\d+)$/;

interface Progress {
  /** Start of the last visit that saw all that was new. What was stored since may have objects behind it that nobody saw. */
  lookedAt: Date | null;
  /** The walk over the whole list that is due or was cut short. */
  walk: { day: Day; offset: number } | null;
  walkedToday: boolean;
  /** The newest look of an earlier day found nothing any more. */
  foundEmpty: boolean;
  /** Stored. */
  objects: number;
}

const newestOf = (rows: Iterable<Coverage> = []) => [...rows].sort((a, b) => a.day.localeCompare(b.day)).at(-1);

async function readProgress({ db, account, now }: Visit): Promise<Progress> {
  const today = dayOf(now);
  const parts = await readCoverage(db, account.id, NAME, addDays(today, -LOOKBACK_DAYS));
  const looks = [...(parts.get("list")?.values() ?? [])];
  const whole = looks.filter((row) => row.state === "final").map((row) => row.fetchedAt.getTime());
  const last = newestOf(parts.get("walk")?.values());
  const cursor = last && last.state !== "final" ? CURSOR.exec(last.code ?? "")?.[1] : undefined;
  const due = !last || daysBetween(last.day, today) >= WALK_DAYS;
  return {
    lookedAt: whole.length > 0 ? new Date(Math.max(...whole)) : null,
    walk: last && cursor ? { day: last.day, offset: Number(cursor) } : due ? { day: today, offset: 0 } : null,
    walkedToday: last?.state === "final" && last.day === today,
    foundEmpty: newestOf(looks.filter((row) => row.day < today))?.code === EMPTY,
    objects: (await publicationTotals(db, account.id)).objects,
  };
}

/**
 * Looks at the newest pages until one ends with a run of known objects and no more are counted than known (a walk sees
 * to that itself; without one it is minded once a day); then, when it is due, walks over the rest of the list. A walk
 * that is cut short goes on at its cursor another time: what is published in between only moves the unread part down.
 */
export async function readList(visit: Visit): Promise<void> {
  const { db, account, now, platform } = visit;
  const progress = await readProgress(visit);
  let { walk, objects } = progress;
  const seen = new Set<string>();
  let [offset, run, looked, ended] = [0, 0, false, false];
  do {
    const page = await askPage(visit, offset);
    const ids = [...new Set(page.rows.map((row) => row.objectId))];
    const stored = await storedPublications(db, account.id, ids);
    const storedIds = new Set(stored.map((row) => row.objectId));
    objects += ids.filter((id) => !storedIds.has(id)).length;
    offset += page.objects;
    run = knownRun(run, page, stored, progress.lookedAt);
    ended = page.objects === 0 || (page.total === null ? ids.every((id) => seen.has(id)) : offset >= page.total);
    for (const id of ids) seen.add(id);

    const rows: Coverage[] = [];
    if (!looked) {
      const vanished = offset === 0 && (objects > 0 || (page.total ?? 0) > 0) && !progress.foundEmpty;
      const missing = (page.total ?? 0) > objects && walk === null && !progress.walkedToday;
      // The first look only begins: the first walk sees the rest.
      looked = ended || progress.lookedAt === null || (run >= KNOWN_RUN && !missing);
      if (vanished) walk = null;
      else if (ended && offset > platform.limits.publications) walk ??= { day: dayOf(now), offset };
      const state = looked && !vanished ? "final" : "provisional";
      rows.push(coverage(visit, "list", { state, code: vanished ? EMPTY : null }));
    }
    if (walk) {
      walk = { day: walk.day, offset: Math.max(walk.offset, offset) };
      const cut: Partial<Coverage> = ended ? {} : { state: "provisional", code: `at_${walk.offset}` };
      rows.push(coverage(visit, "walk", { day: walk.day, ...cut }));
    }
    await visit.save(async (trx) => {
      await savePublications(trx, account.id, page.rows, stored, now);
      await visit.saveCoverage(trx, rows);
    });
    if (looked && walk) offset = Math.max(offset, walk.offset);
  } while (!ended && (!looked || (walk !== null && (await hasCallsToWalk(visit)))));
}

async function askPage(visit: Visit, offset: number): Promise<PublicationList> {
  const apis = visit.platform.apis.publications;
  await visit.reserve(apis, 1);
  visit.made(apis);
  const page = await visit.session.publications.list(offset);
  visit.needed(apis);
  return page;
}

/** Known objects in a row up to the end of the page, in the platform's order. */
function knownRun(before: number, page: PublicationList, stored: StoredPublication[], lookedAt: Date | null): number {
  const known = new Map(
    stored
      .filter((row) => lookedAt !== null && row.firstSeenAt <= lookedAt)
      .map((row) => [row.objectId, row.updatedAt.getTime()]),
  );
  const updates = new Map(page.rows.map((row) => [row.objectId, row.updatedAt.getTime()]));
  return [...updates].reduce((run, [id, updatedAt]) => (known.get(id) === updatedAt ? run + 1 : 0), before);
}

export function coverage(visit: Visit, part: "list" | "walk", rest: Partial<Coverage>): Coverage {
  return { part, day: dayOf(visit.now), state: "final", code: null, age: null, fetchedAt: visit.now, ...rest };
}
