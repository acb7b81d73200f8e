import type { Publication } from "../../model.ts";
import type { PublicationList, PublicationsSource } from "../platform.ts";
import type { Ask } from "./business.ts";
import { type Fields, isFields, readCount, readFlag, readList, readText, ShapeFault } from "./fields.ts";
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

export function readPublications(body: Fields): PublicationList {
  const total = readCount(body, "total_count");
  // Without both it is another kind of answer, which must not pass for "nothing was published".
  if (total === null && !Array.isArray(body.item)) throw new ShapeFault("item", "a list");
  const objects = readList(body, "item");
  return {
    rows: objects.flatMap(({ item, path }) => readObject(item, path)),
    objects: objects.length,
    total,
  };
}

function readObject(object: Fields, path: string): Publication[] {
  const objectId = readText(object, "article_id", path);
  const updatedAt = readCount(object, "update_time", path);
  if (!objectId) throw new ShapeFault(`${path}article_id`, "a text");
  if (!updatedAt) throw new ShapeFault(`${path}update_time`, "Unix seconds");
  const content = isFields(object.content) ? object.content : {};
  return readList(content, "news_item", `${path}content.`).map(({ item, path: place }, index) => {
    const url = readText(item, "url", place);
    return {
      objectId,
      position: index + 1,
      title: readText(item, "title", place),
      url: url === null ? null : stableLink(url),
      articleId: url === null ? null : articleIdOf(url).articleId,
      updatedAt: new Date(updatedAt * 1000),
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
