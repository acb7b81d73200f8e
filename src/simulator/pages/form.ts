import type { Article } from "../articles.ts";
import { salt, unit } from "../random.ts";
import { bodyOf } from "./body.ts";

/** By item_show_type. */
export const showTypes = { article: 0, video: 5, audio: 7, picture: 8, text: 10, repost: 11 } as const;
export type ArticleForm = keyof typeof showTypes;

/** `original` as declared by the account, `reprint` of another account's original. */
export type Provenance = "original" | "reprint" | null;
export const copyrightStats = { original: 1, reprint: 2, none: 0 } as const;

const salts = { form: salt("form"), provenance: salt("provenance"), template: salt("template") };

const shares: readonly [ArticleForm, number][] = [
  ["video", 0.06],
  ["audio", 0.08],
  ["picture", 0.16],
  ["text", 0.19],
  ["repost", 0.22],
];

export function formOf({ key }: Article): ArticleForm {
  const draw = unit(key, salts.form);
  return shares.find(([, below]) => draw < below)?.[0] ?? "article";
}

export function provenanceOf(article: Article): Provenance {
  const draw = unit(article.key, salts.provenance);
  if (formOf(article) === "repost") return null;
  if (draw < 0.2) return "original";
  return draw < 0.35 ? "reprint" : null;
}

/** `oldest` is how pages were written before 2019; picture and text posts exist in the new template only. */
export type Template = "oldest" | "old" | "new";

export function templateOf(article: Article): Template {
  const form = formOf(article);
  if (form === "picture" || form === "text") return "new";
  const draw = unit(article.key, salts.template);
  if (draw < 0.2) return "oldest";
  return draw < 0.5 ? "old" : "new";
}

export interface PageFacts {
  form: ArticleForm;
  provenance: Provenance;
  template: Template;
  length: number;
  images: number;
  digest: string;
}

const known = new WeakMap<Article, PageFacts>();

export function pageFacts(article: Article): PageFacts {
  let facts = known.get(article);
  if (facts === undefined) {
    const form = formOf(article);
    const { length, images, digest } = bodyOf(article, form);
    facts = { form, provenance: provenanceOf(article), template: templateOf(article), length, images, digest };
    known.set(article, facts);
  }
  return facts;
}
