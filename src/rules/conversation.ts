const SILENCE_MS = 24 * 3_600_000;

/** One message of a conversation between a citizen and the account. */
export interface ConversationMessage {
  at: Date;
  staff: boolean;
  /** Of staff: a robot's, by which nobody was answered. */
  automatic: boolean;
  /** In characters; null of staff, as `question`. */
  length: number | null;
  question: boolean | null;
}

export interface ConversationCase {
  receivedAt: Date;
  length: number;
  /** One of its messages is a question. */
  question: boolean;
  firstReplyAt: Date | null;
}

/**
 * The cases of one person, oldest first. A citizen's message starts one when it is the first, follows a human reply, or
 * follows 24 hours in which the citizen wrote nothing; the next human reply ends all that are open. In one second the
 * citizen's messages come before the replies. The order of the input does not matter.
 */
export function casesOf(messages: readonly ConversationMessage[]): ConversationCase[] {
  const cases: ConversationCase[] = [];
  let open: ConversationCase[] = [];
  let before: Date | null = null;
  let answered = false;
  for (const { at, staff, automatic, length, question } of [...messages].sort(inOrder)) {
    if (staff) {
      if (automatic) continue;
      for (const one of open) one.firstReplyAt = at;
      open = [];
      answered = true;
      continue;
    }
    let current = cases.at(-1);
    if (!current || before === null || answered || at.getTime() - before.getTime() >= SILENCE_MS) {
      current = { receivedAt: at, length: 0, question: false, firstReplyAt: null };
      cases.push(current);
      open.push(current);
    }
    current.length += length ?? 0;
    current.question ||= question ?? false;
    before = at;
    answered = false;
  }
  return cases;
}

function inOrder(one: ConversationMessage, other: ConversationMessage): number {
  return one.at.getTime() - other.at.getTime() || Number(one.staff) - Number(other.staff);
}
