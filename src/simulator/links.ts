import { randomBytes } from "node:crypto";
import { type Article, dayOfMid } from "./articles.ts";
import { articleDataBegin, dayAt } from "./calendar.ts";
import type { Account } from "./county.ts";
import { lastAge } from "./curves.ts";
import { hex, pick, salt, unit } from "./random.ts";
import type { World } from "./world.ts";

const salts = { short: salt("short link"), veil: salt("veil"), form: salt("link form"), scheme: salt("scheme") };

/** A short link carries its article, so that none has to be remembered: 8 veiled bytes of where it is, 8 of proof. */
const proofOf = (article: Article): Buffer => Buffer.from(hex(16, article.key, salts.short), "hex");

function veil(head: Buffer, proof: Buffer): Buffer {
  const mask = Buffer.from(hex(16, proof.readUInt32BE(0), proof.readUInt32BE(4), salts.veil), "hex");
  return Buffer.from(head.map((byte, position) => byte ^ (mask[position] ?? 0)));
}

export function shortPath(article: Article): string {
  const proof = proofOf(article);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(article.account.index, 0);
  head.writeUInt16BE(article.day, 4);
  head.writeUInt8(article.push, 6);
  head.writeUInt8(article.idx, 7);
  return `/s/${Buffer.concat([veil(head, proof), proof]).toString("base64url")}`;
}

export type LinkForm = "long" | "escaped" | "short";

/** How the list of publications writes the link; the same for all articles of an object. */
export function linkForm({ account, day, push }: Article): LinkForm {
  const draw = unit(account.seed, salts.form, account.index, day, push);
  if (draw < 0.1) return "short";
  return draw < 0.35 ? "escaped" : "long";
}

/** What names the article in a long link. */
export function identityOf({ account, mid, idx, sn }: Article): string {
  return `__biz=${account.biz}&mid=${mid}&idx=${idx}&sn=${sn}`;
}

/** The link in one answer of the list: chksm and scene differ from answer to answer. */
export function listLink(article: Article): string {
  const form = linkForm(article);
  if (form === "short") return `https://mp.weixin.qq.com${shortPath(article)}`;
  const serial = randomBytes(20);
  const scheme = pick(["http", "https"], article.key, salts.scheme);
  const scene = (serial[0] ?? 0) % 3 === 0 ? `&scene=${126 + ((serial[1] ?? 0) % 60)}` : "";
  const link = `${scheme}://mp.weixin.qq.com/s?${identityOf(article)}&chksm=${serial.toString("hex")}${scene}#rd`;
  return form === "escaped" ? link.replaceAll("&", "&amp;") : link;
}

export function articleAt(
  world: World,
  account: Account,
  day: number,
  nowMs: number,
  fits: (article: Article) => boolean,
) {
  if (!(day >= articleDataBegin - lastAge && day <= dayAt(nowMs))) return null;
  const article = world.historyOf(account).articlesOn(day).find(fits);
  return article === undefined || article.publishedAtSeconds * 1_000 > nowMs ? null : article;
}

export interface Target {
  account: Account | null;
  /** Null when the link leads nowhere, or nowhere yet. */
  article: Article | null;
}

function longTarget(world: World, query: URLSearchParams, nowMs: number): Target {
  const account = world.byBiz.get(query.get("__biz") ?? "") ?? null;
  const mid = query.get("mid") ?? "";
  if (account === null || !/^\d{1,20}$/.test(mid)) return { account, article: null };
  const fits = (article: Article) =>
    article.mid === mid && String(article.idx) === query.get("idx") && article.sn === query.get("sn");
  return { account, article: articleAt(world, account, dayOfMid(account, BigInt(mid)), nowMs, fits) };
}

function shortTarget(world: World, text: string, nowMs: number): Target {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length !== 16 || bytes.toString("base64url") !== text) return { account: null, article: null };
  const proof = bytes.subarray(8);
  const head = veil(bytes.subarray(0, 8), proof);
  const account = world.accounts[head.readUInt32BE(0)];
  if (account === undefined) return { account: null, article: null };
  const fits = (article: Article) =>
    article.push === head[6] && article.idx === head[7] && proofOf(article).equals(proof);
  const article = articleAt(world, account, head.readUInt16BE(4), nowMs, fits);
  return { account: article === null ? null : account, article };
}

/** The article that a path of the pages' host leads to. */
export function readLink(world: World, url: URL, nowMs: number): Target {
  const short = /^\/s\/([\w-]{22})$/.exec(url.pathname)?.[1];
  return short === undefined ? longTarget(world, url.searchParams, nowMs) : shortTarget(world, short, nowMs);
}

/** The console gives such links to preview a draft; they are over when anybody else follows them. */
export function isTemporary(url: URL): boolean {
  return url.searchParams.has("tempkey");
}
