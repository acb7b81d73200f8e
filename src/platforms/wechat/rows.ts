import type { Day, Figures } from "../../model.ts";
import type { Answer } from "../platform.ts";
import { type Fields, readCount, readFlag, readList, readText, ShapeFault } from "./fields.ts";

const ALL_SOURCES = "全部";

/** The rows of a statistics answer, read one by one, with one row per key left. */
export function readAnswer<Row>(
  body: Fields,
  read: (item: Fields, path: string) => Row,
  keyOf: (row: Row) => string,
  merge: (earlier: Row, later: Row) => Row,
): Answer<Row> {
  // Without the list it is another kind of answer, which must not pass for "nothing happened".
  if (!Array.isArray(body.list)) throw new ShapeFault("list", "a list");
  const rows = readList(body, "list").map(({ item, path }) => read(item, path));
  return { rows: mergeByKey(rows, keyOf, merge), delayed: readFlag(body, "is_delay") ?? false };
}

export function mergeByKey<Row>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
  merge: (earlier: Row, later: Row) => Row,
): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const earlier = byKey.get(keyOf(row));
    byKey.set(keyOf(row), earlier === undefined ? row : merge(earlier, row));
  }
  return [...byKey.values()];
}

export function readFigures(fields: Fields, path: string): Figures {
  return {
    readers: readCount(fields, "read_user", path) ?? readersOfAllSources(fields, path),
    sharers: readCount(fields, "share_user", path),
    likes: readCount(fields, "like_user", path),
    zaikan: readCount(fields, "zaikan_user", path),
    comments: readCount(fields, "comment_count", path),
    favourites: readCount(fields, "collection_user", path),
  };
}

/** 全部 is the total beside its parts, so it stands for `read_user` and is never added to them. */
function readersOfAllSources(fields: Fields, path: string): number | null {
  const all = readList(fields, "read_user_source", path).find(
    (source) => readText(source.item, "scene_desc", source.path) === ALL_SOURCES,
  );
  return all === undefined ? null : readCount(all.item, "user_count", all.path);
}

/** Of two rows for one key the greater figures stay: all of them only grow while the platform counts. */
export function greater<Row extends object & { day: Day }>(earlier: Row, later: Row): Row {
  const entries = Object.entries(later).map(([name, value]) => {
    const before: unknown = earlier[name as keyof Row];
    const keepsBefore = typeof before === "number" && (typeof value !== "number" || before > value);
    return [name, keepsBefore ? before : value];
  });
  return Object.fromEntries(entries) as Row;
}
