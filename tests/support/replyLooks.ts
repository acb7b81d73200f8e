import assert from "node:assert/strict";
import type { Session } from "../../src/platforms/platform.ts";
import type { County } from "./county.ts";
import type { MessageLook } from "./replyTruth.ts";

/** What one account was asked about its comments and conversations, and when; Unix seconds. */
export interface Looks {
  /** By article; only those at which the platform knew its comments. */
  comments: Map<string, number[]>;
  messages: MessageLook[];
}

const seconds = (time: Date) => time.getTime() / 1000;

/** Notes every look that the county's collectors take from now on, by account code. */
export function watchLooks(county: County): (code: string) => Looks {
  const all = new Map<string, Looks>();
  const of = (code: string): Looks => {
    const looks = all.get(code) ?? { comments: new Map(), messages: [] };
    all.set(code, looks);
    return looks;
  };
  const platform = county.context.platforms.wechat;
  assert.ok(platform);
  const watched = (session: Session, looks: Looks): Session => ({
    ...session,
    comments: {
      async list(articleId, begin) {
        const at = seconds(county.clock.now);
        const page = await session.comments.list(articleId, begin);
        const before = looks.comments.get(articleId) ?? [];
        if (page !== null && before.at(-1) !== at) looks.comments.set(articleId, [...before, at]);
        return page;
      },
    },
    messages: {
      ...session.messages,
      async list(from, to, cursor) {
        const page = await session.messages.list(from, to, cursor);
        looks.messages.push({ at: seconds(county.clock.now), from: seconds(from), to: seconds(to) });
        return page;
      },
    },
  });
  county.context.platforms.wechat = {
    ...platform,
    open: (account, ports) => watched(platform.open(account, ports), of(account.code)),
  };
  return of;
}
