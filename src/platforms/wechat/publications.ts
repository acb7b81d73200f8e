import type { Publication } from "../../model.ts";
import type { PublicationList, PublicationsSource } from "../platform.ts";
import type { Ask } from "./business.ts";
import type { Reading } from "./call.ts";
import {
  type Fields,
  isFields,
  readCount,
  readFlag,
  readList,
  readMoment,
  readText,
  readUnderstood,
  ShapeFault,
} from "./fields.ts";
import { articleIdOf, pageUrl } from "./page/url.ts";

/** The most that one answer may hold. */
export const OBJECTS_PER_CALL = 20;
const LINK_BASE = "https://mp.weixin.qq.com";

/** What was published without notice; mass-sent articles never appear in this list. */
export function openPublications(ask: Ask): PublicationsSource {
  return {
    list: (offset) =>
      ask({
        api: "freepublish_batchget",
        path: "/cgi-bin/freepublish/batchget",
        json: { offset, count: OBJECTS_PER_CALL, no_content: 1 },
        read: readPublications,
      }),
  };
}

/** Objects that are not understood, or whose time cannot be, are left out. */
export function readPublications(body: Fields, { now, leaveOut }: Reading): PublicationList {
  const total = readCount(body, "total_count");
  // Without both it is another kind of answer, which must not pass for "nothing was published".
  if (total === null && !Array.isArray(body.item)) throw new ShapeFault("item", "a list");
  const read = (object: Fields, path: string) => readObject(object, path, now);
  return {
    rows: readUnderstood(body, "item", read, leaveOut).flat(),
    objects: Array.isArray(body.item) ? body.item.length : 0,
    total,
  };
}

function readObject(object: Fields, path: string, now: Date): Publication[] {
  const objectId = readText(object, "article_id", path);
  if (!objectId) throw new ShapeFault(`${path}article_id`, "a text");
  const updatedAt = readMoment(object, "update_time", path, now);
  const content = isFields(object.content) ? object.content : {};
  return readList(content, "news_item", `${path}content.`).map(({ item, path: place }, index) => {
    const url = readText(item, "url", place);
    return {
      objectId,
      position: index + 1,
      title: readText(item, "title", place),
      url: url === null ? null : stableLink(url),
      articleId: url === null ? null : articleIdOf(url).articleId,
      updatedAt,
      deleted: readFlag(item, "is_deleted", place) ?? false,
    };
  });
}

/** The link without what differs from answer to answer; what is no article link stays as it is. */
function stableLink(text: string): string {
  const address = pageUrl(text, LINK_BASE);
  if (address === null) return text;
  const link = new URL(address);
  link.searchParams.delete("chksm");
  return link.href;
}
