import { casesOf } from "../../rules/conversation.ts";
import {
  type CaseChanges,
  conversationCases,
  messagesOf,
  type NewCase,
  type StoredCase,
  type StoredMessage,
  saveCaseChanges,
} from "../../store/messages.ts";
import type { Db } from "../../store/upsert.ts";

const BATCH_PERSONS = 500;
/**
 * Messages are kept for 400 days. A case that was received within them and a day of silence later is derived from all
 * that it depends on; older ones stay as they were, because what they followed may be gone. One more day for clocks.
 */
const DERIVED_DAYS = 398;

const DERIVED_MS = DERIVED_DAYS * 86_400_000;

/** Brings the persons' cases in line with their stored messages. Must hold the lock of the account's conversations. */
export async function deriveCases(trx: Db, accountId: number, persons: Iterable<string>, now: Date): Promise<void> {
  const all = [...new Set(persons)].sort();
  for (let begin = 0; begin < all.length; begin += BATCH_PERSONS) {
    const batch = all.slice(begin, begin + BATCH_PERSONS);
    const messages = Map.groupBy(await messagesOf(trx, accountId, batch), ({ person }) => person);
    const changesOf = (some: string[], lock: boolean) => compareCases(trx, accountId, some, messages, now, lock);
    const seen = await changesOf(batch, false);
    // Who excludes, just now, a case that goes must not be lost. All others stay unlocked: most looks change nothing.
    const going = [...seen].flatMap(([person, { removed, vanished }]) =>
      removed.length > 0 || vanished.length > 0 ? [person] : [],
    );
    const changes = [...new Map([...seen, ...(await changesOf(going, true))]).values()];
    await saveCaseChanges(
      trx,
      accountId,
      {
        added: changes.flatMap(({ added }) => added),
        changed: changes.flatMap(({ changed }) => changed),
        vanished: changes.flatMap(({ vanished }) => vanished),
        removed: changes.flatMap(({ removed }) => removed),
      },
      now,
    );
  }
}

/** By person, what has to be written. */
async function compareCases(
  trx: Db,
  accountId: number,
  persons: readonly string[],
  messages: Map<string, StoredMessage[]>,
  now: Date,
  lock: boolean,
): Promise<Map<string, CaseChanges>> {
  if (persons.length === 0) return new Map();
  const since = new Date(now.getTime() - DERIVED_MS);
  const cases = await conversationCases(trx, accountId, persons, since, { lock });
  const stored = Map.groupBy(cases, ({ person }) => person);
  return new Map(
    persons.map((person) => {
      const derived = derive(person, messages.get(person) ?? [], now).filter(({ receivedAt }) => receivedAt >= since);
      return [person, compare(derived, stored.get(person) ?? [])];
    }),
  );
}

function derive(person: string, messages: StoredMessage[], now: Date): NewCase[] {
  const fresh = { person, excludedAt: null, excludedReason: null, firstSeenAt: now };
  return casesOf(messages).map((one) => ({ ...fresh, ...one }));
}

/**
 * A case whose start moved is another row: the new one takes over what somebody said of the old one. Of all others that
 * a case swallows it takes nothing over: those that are excluded stay as vanished, each to be the same row when it is a
 * case again.
 */
function compare(derived: NewCase[], stored: StoredCase[]): CaseChanges {
  const known = new Map(stored.map((row) => [row.receivedAt.getTime(), row]));
  const added = derived.filter(({ receivedAt }) => !known.has(receivedAt.getTime()));
  const changed = derived.flatMap(({ receivedAt, length, question, firstReplyAt }) => {
    const row = known.get(receivedAt.getTime());
    known.delete(receivedAt.getTime());
    const same =
      row?.length === length && row.question === question && row.firstReplyAt?.getTime() === firstReplyAt?.getTime();
    return row && (!same || row.vanished) ? [{ id: row.id, length, question, firstReplyAt }] : [];
  });
  const vanished: number[] = [];
  const removed: number[] = [];
  const successors = new Set(added);
  for (const row of [...known.values()].sort((one, other) => one.receivedAt.getTime() - other.receivedAt.getTime())) {
    const covering = derived.findLast(({ receivedAt }) => receivedAt <= row.receivedAt);
    const successor = covering && successors.delete(covering) ? covering : null;
    if (successor) {
      const { excludedAt, excludedReason, firstSeenAt } = row;
      Object.assign(successor, { excludedAt, excludedReason, firstSeenAt });
    }
    if (successor || row.excludedAt === null) removed.push(row.id);
    else if (!row.vanished) vanished.push(row.id);
  }
  return { added, changed, vanished, removed };
}
