import { createHash } from "node:crypto";
import type { TargetKey } from "../store/targets.ts";
import type { Channel } from "./channels/channel.ts";
import type { Letter } from "./letter.ts";
import { type Page, paginate } from "./paginate.ts";

type Measure = Pick<Channel, "limitBytes" | "bytes">;

/** A page as it goes to one target. */
export interface Part extends Page {
  /** The same for each try to send the same, so that who receives it twice can tell. */
  id: string;
  /** Notifications that a later part delivers, and that remember this one until then. */
  begun: readonly number[];
}

/** News is one message where that holds all of it, if only by name; else as many as may be sent now. */
export function alertParts(letter: Letter, channel: Measure, target: TargetKey, room: number): Part[] {
  const all = new Set(idsOf(letter)).size;
  const single = paginate(letter, channel, 1);
  const isWhole = new Set(single.flatMap(({ notifications }) => notifications)).size === all;
  const pages = isWhole ? single : paginate(letter, channel, room);
  // Not of the text: it says how much time is left, and that differs with each try.
  return pages.map((page) => ({
    ...page,
    id: hashOf(
      target,
      page.notifications.toSorted((a, b) => a - b),
    ),
    begun: [],
  }));
}

/** All of a digest, in at most `most` messages; its notifications are delivered with the last of them. */
export function digestParts(letter: Letter, channel: Measure, target: TargetKey, most: number): Part[] {
  const all = idsOf(letter);
  const pages = wholly(letter, channel, most);
  // Each try says the same, down to its time.
  return pages.map(({ message }, index) => ({
    ...{ message, id: hashOf(target, message) },
    ...(index === pages.length - 1 ? { notifications: all, begun: [] } : { notifications: [], begun: all }),
  }));
}

/** What does not fit even by name is counted in the last message. */
function wholly(letter: Letter, channel: Measure, most: number): Page[] {
  for (let kept = itemsOf(letter).length, shown = letter; ; shown = firstItems(letter, kept)) {
    const pages = paginate(numbered(shown), channel, most);
    const held = pages.reduce((sum, { notifications }) => sum + notifications.length, 0);
    if (held === itemsOf(shown).length || kept <= 0) return pages;
    kept = Math.min(kept, held) - 1;
  }
}

function firstItems(letter: Letter, kept: number): Letter {
  const items = itemsOf(letter);
  const rest = items.slice(kept);
  const text = `另有 ${rest.length} 项，请查看看板`;
  const mentions = [...new Set(rest.flatMap((item) => item.mentions))];
  const last = { notifications: [], mentions, full: [[text]], brief: [text], name: text };
  const held = new Set(items.slice(0, kept));
  const sections = letter.sections.map((section) => ({
    ...section,
    items: section.items.filter((item) => held.has(item)),
  }));
  return {
    ...letter,
    sections: [
      ...sections.filter((section) => section.items.length > 0),
      { heading: "", severity: null, items: [last] },
    ],
  };
}

/** So that pages tell which items they hold. */
function numbered(letter: Letter): Letter {
  let number = 0;
  return {
    ...letter,
    sections: letter.sections.map((section) => ({
      ...section,
      items: section.items.map((item) => ({ ...item, notifications: [number++] })),
    })),
  };
}

const itemsOf = ({ sections }: Letter) => sections.flatMap(({ items }) => items);
const idsOf = (letter: Letter) => itemsOf(letter).flatMap(({ notifications }) => notifications);

function hashOf({ channel, address }: TargetKey, content: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([channel, address, content]))
    .digest("hex")
    .slice(0, 32);
}
