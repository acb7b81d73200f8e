import { first, type Simulation, type StateAccount, type StateComment } from "./support.ts";

export const now = Date.parse("2026-11-23T10:00:00+08:00") / 1000;
const path = "/cgi-bin/comment/list";

export interface Row {
  user_comment_id: string;
  openid?: string;
  create_time: number;
  content: string;
  comment_type: number;
  reply?: { content: string; create_time: number };
}

export interface Page {
  errcode: number;
  total: number;
  comment: Row[];
  comment_cnt?: number;
}

/** Ids as text with all their digits. */
const exact = (text: string): Page =>
  JSON.parse(text.replace(/^\uFEFF/, "").replace(/"user_comment_id":(\d+)/g, '"user_comment_id":"$1"'));

export async function reader(simulation: Simulation, account: StateAccount) {
  const token = String((await simulation.stableToken(account)).json.access_token);
  const page = async (msgid: string, more: object = {}) => {
    const [mid, idx] = msgid.split("_");
    const rest = JSON.stringify({ index: Number(idx) - 1, begin: 0, count: 49, type: 0, ...more });
    return exact((await simulation.call(token, path, `{"msg_data_id":${mid},${rest.slice(1)}`)).text);
  };
  const all = async (msgid: string, type = 0) => {
    const rows: Row[] = [];
    for (;;) {
      const { comment } = await page(msgid, { begin: rows.length, type });
      if (comment.length === 0) return rows;
      rows.push(...comment);
    }
  };
  return { page, all };
}

export async function accountOf(simulation: Simulation, code: string): Promise<StateAccount> {
  return first((await simulation.state("?replies=1&detail=brief")).accounts.filter((account) => account.code === code));
}

export const byArticle = (account: StateAccount) => Map.groupBy(account.comments, (comment) => comment.msgid);

/** The article with most comments. */
export function busiest(account: StateAccount): [string, StateComment[]] {
  return first([...byArticle(account)].sort(([, a], [, b]) => b.length - a.length));
}
