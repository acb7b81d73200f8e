import type { ReplyChannel, ReplyChannelState } from "../model.ts";
import type { Db } from "./upsert.ts";

export interface ChannelState {
  /** Null: not known. */
  state?: ReplyChannelState | null;
  code?: string | null;
  since?: Date;
  /** Of the last complete look. */
  until?: Date;
  checkedAt?: Date;
}

export interface StoredChannel {
  state: ReplyChannelState | null;
  code: string | null;
  since: Date | null;
  until: Date | null;
  checkedAt: Date | null;
}

/** What is not named stays. */
export async function saveChannelState(
  db: Db,
  accountId: number,
  channel: ReplyChannel,
  { checkedAt, ...rest }: ChannelState,
): Promise<void> {
  const values = { ...rest, ...(checkedAt ? { checked_at: checkedAt } : {}) };
  if (Object.keys(values).length === 0) return;
  await db
    .insertInto("reply_channel")
    .values({ account_id: accountId, channel, ...values })
    .onConflict((conflict) => conflict.columns(["account_id", "channel"]).doUpdateSet(values))
    .execute();
}

export async function readChannel(db: Db, accountId: number, channel: ReplyChannel): Promise<StoredChannel | null> {
  const row = await db
    .selectFrom("reply_channel")
    .select(["state", "code", "since", "until", "checked_at as checkedAt"])
    .where("account_id", "=", accountId)
    .where("channel", "=", channel)
    .executeTakeFirst();
  return row ?? null;
}
