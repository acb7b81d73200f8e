import { type Article, firstExtraPush } from "./articles.ts";
import { type Day, dayAt, startOfDayMs } from "./calendar.ts";
import type { Account } from "./county.ts";
import type { History } from "./history.ts";
import { hex, mix, salt, unit } from "./random.ts";

/** One publication without notice: a push of the console, with one or more articles. */
export interface PublishObject {
  /** Opaque; says nothing about the articles. */
  id: string;
  articles: readonly Article[];
  publishedAtSeconds: number;
  /** The list shows a publication some minutes late. */
  visibleAtSeconds: number;
  /** Edits after publication, oldest first; each moves the object up. */
  editedAtSeconds: readonly number[];
  /** So many places the list shows it too low. */
  sunk: number;
}

export interface ListedObject {
  object: PublishObject;
  updateSeconds: number;
}

export interface Publications {
  /** What the list shows at that moment, in its order. */
  listedAt(nowMs: number): readonly ListedObject[];
  /** All up to that moment, oldest first, listed yet or not. */
  publishedAt(nowMs: number): readonly PublishObject[];
}

const salts = { id: salt("publish object"), visible: salt("visible"), edit: salt("edit"), sunk: salt("sunk") };

function editsOf(key: number, publishedAtSeconds: number): number[] {
  const draw = unit(key, salts.edit);
  if (draw >= 0.12) return [];
  const first = publishedAtSeconds + 3_600 + Math.floor(unit(key, salts.edit, 1) * 3 * 86_400);
  return draw < 0.03 ? [first, first + 600 + Math.floor(unit(key, salts.edit, 2) * 5 * 86_400)] : [first];
}

function objectOf(articles: readonly [Article, ...Article[]]): PublishObject {
  const [{ key, day, push, publishedAtSeconds }] = articles;
  const endOfDay = startOfDayMs(day + 1) / 1_000 - 1;
  const delay = push >= firstExtraPush ? 0 : 20 + (mix(key, salts.visible) % 220);
  return {
    id: Buffer.from(hex(96, key, salts.id), "hex").toString("base64url"),
    articles,
    publishedAtSeconds,
    visibleAtSeconds: Math.min(endOfDay, publishedAtSeconds + delay),
    editedAtSeconds: editsOf(key, publishedAtSeconds),
    sunk: unit(key, salts.sunk) < 0.04 ? 1 + (mix(key, salts.sunk, 1) % 5) : 0,
  };
}

function objectsOn(history: History, day: Day): PublishObject[] {
  const byMid = new Map<string, [Article, ...Article[]]>();
  for (const article of history.articlesOn(day)) {
    if (article.notified) continue;
    const articles = byMid.get(article.mid);
    if (articles === undefined) byMid.set(article.mid, [article]);
    else articles.push(article);
  }
  return [...byMid.values()].map(objectOf).sort((a, b) => a.publishedAtSeconds - b.publishedAtSeconds);
}

function updateOf(object: PublishObject, nowSeconds: number): number {
  return object.editedAtSeconds.findLast((second) => second <= nowSeconds) ?? object.publishedAtSeconds;
}

/** Newest update first, but for the objects that stand too low. */
function order(listed: ListedObject[]): ListedObject[] {
  return listed
    .sort((a, b) => b.updateSeconds - a.updateSeconds)
    .map((entry, place) => ({ entry, place: entry.object.sunk === 0 ? place : place + entry.object.sunk + 0.5 }))
    .sort((a, b) => a.place - b.place)
    .map(({ entry }) => entry);
}

/** The list changes at known seconds only; between them the same answer stands. */
export function createPublications(account: Account, history: History): Publications {
  let objects: PublishObject[] = [];
  let nextDay = account.firstDay;
  let revision = history.revision();
  let view = { list: [] as readonly ListedObject[], from: 0, until: 0 };

  const gather = (nowMs: number): void => {
    if (revision !== history.revision()) {
      objects = [];
      nextDay = account.firstDay;
      revision = history.revision();
      view = { list: [], from: 0, until: 0 };
    }
    for (; nextDay <= dayAt(nowMs); nextDay++) objects.push(...objectsOn(history, nextDay));
  };

  return {
    listedAt(nowMs) {
      gather(nowMs);
      const now = Math.floor(nowMs / 1_000);
      if (now >= view.from && now < view.until) return view.list;
      let until = startOfDayMs(dayAt(nowMs) + 1) / 1_000;
      const listed: ListedObject[] = [];
      for (const object of objects) {
        for (const second of [object.visibleAtSeconds, ...object.editedAtSeconds]) {
          if (second > now) until = Math.min(until, second);
        }
        if (object.visibleAtSeconds <= now) listed.push({ object, updateSeconds: updateOf(object, now) });
      }
      view = { list: order(listed), from: now, until };
      return view.list;
    },
    publishedAt(nowMs) {
      gather(nowMs);
      return objects.filter((object) => object.publishedAtSeconds * 1_000 <= nowMs);
    },
  };
}
