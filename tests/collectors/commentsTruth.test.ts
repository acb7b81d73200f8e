import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { startCounty } from "../support/county.ts";
import { databaseText } from "../support/dump.ts";

interface TruthComment {
  msgid: string;
  user_comment_id: string;
  created_at: number;
  replied_at: number[];
  reply_removed_at: number | null;
  vanished_at: number | null;
}

interface Truth {
  marker: string;
  openid_prefix: string;
  accounts: { code: string; functions: { comments: boolean }; comments: TruthComment[] }[];
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
const HALF_HOUR_MS = 1_800_000;

const isShown = (comment: TruthComment, at: number) =>
  comment.created_at <= at && (comment.vanished_at === null || comment.vanished_at > at);

/** What looks at these seconds can know of one comment, all of whose article are given. */
function expected(comment: TruthComment, ofArticle: TruthComment[], looks: number[]): string | null {
  const told = looks
    .filter((at) => isShown(comment, at))
    .map((at) => {
      const removed = comment.reply_removed_at !== null && comment.reply_removed_at <= at;
      return removed ? null : (comment.replied_at.findLast((reply) => reply <= at) ?? null);
    });
  if (told.length === 0) return null;
  const replies = told.filter((at) => at !== null);
  const isEmpty = (at: number) => !ofArticle.some((other) => isShown(other, at));
  // An empty list is believed the second time.
  const gone = looks.some((at, index) => {
    const before = looks[index - 1];
    const believed = !isEmpty(at) || (before !== undefined && isEmpty(before));
    return believed && comment.vanished_at !== null && comment.vanished_at <= at;
  });
  return `${replies.length > 0 ? Math.min(...replies) : "open"}${gone ? " vanished" : ""}`;
}

test("two days of a simulated county: each comment is known exactly as the looks at its article could know it", async (t) => {
  const asked = new Map<string, number[]>();
  const county = await startCounty(t, {
    accounts: 8,
    now: "2026-11-15T23:30:00Z",
    edit({ api, request }) {
      if (api !== "list" || request.begin !== 0) return;
      const key = `${request.msg_data_id}_${Number(request.index) + 1}`;
      asked.set(key, [...(asked.get(key) ?? []), seconds(county.clock.now)]);
    },
  });
  for (let step = 0; step < 2 * 48; step++) {
    if (step % 48 === 2) await county.collect(county.codes);
    await county.collect(undefined, "replies");
    county.clock.now = new Date(county.clock.now.getTime() + HALF_HOUR_MS);
  }
  // Ids beyond 2^53 stand rounded in the requests as the proxy reads them.
  const looksAt = (msgid: string) => {
    const [id, idx] = msgid.split("_");
    return asked.get(`${Number(id)}_${idx}`) ?? [];
  };
  const { rows } = await sql<{ code: string; key: string; state: string }>`
    select a.code, c.msgid || ' ' || c.comment_id as key,
      coalesce(extract(epoch from c.first_reply_at)::bigint::text, 'open')
        || case when c.vanished_at is null then '' else ' vanished' end as state
    from reply_case c join account a on a.id = c.account_id where c.channel = 'comment'`.execute(county.db);
  const truth = (await county.call("state?replies=1&days=90")) as Truth;
  let [comments, replied, vanished] = [0, 0, 0];
  for (const account of truth.accounts) {
    const wanted = account.comments.flatMap((comment) => {
      const ofArticle = account.comments.filter(({ msgid }) => msgid === comment.msgid);
      const state = expected(comment, ofArticle, looksAt(comment.msgid));
      return state === null ? [] : [`${comment.msgid} ${comment.user_comment_id} ${state}`];
    });
    const known = rows.filter(({ code }) => code === account.code).map(({ key, state }) => `${key} ${state}`);
    assert.deepEqual(known.sort(), wanted.sort(), account.code);
    comments += wanted.length;
    replied += wanted.filter((state) => !state.includes("open")).length;
    vanished += wanted.filter((state) => state.endsWith("vanished")).length;
  }
  t.diagnostic(
    `${comments} comments, ${replied} answered, ${vanished} vanished, ${[...asked.values()].flat().length} looks`,
  );
  assert.ok(comments > 100 && replied > 20 && vanished > 0);
  const dump = await databaseText(county.url);
  for (const secret of [truth.marker, truth.openid_prefix]) assert.equal(dump.includes(secret), false, secret);
});
