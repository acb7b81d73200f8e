import type { Item, Section } from "../letter.ts";
import type { Sheet } from "./sheet.ts";

/** A sheet as it waits for its chat. */
export interface WaitingSheet {
  notifications: number[];
  mentions: string[];
  sheet: unknown;
}

export type Readable = WaitingSheet & { sheet: Sheet };

/** An item before it is known whom it is for, with the codes of its accounts; empty where it is about none. */
export interface Draft extends Omit<Item, "notifications" | "mentions"> {
  codes: readonly string[];
}

export interface DraftSection extends Omit<Section, "items"> {
  items: readonly Draft[];
}

/**
 * Mentions a department's contacts where their accounts stand, the county's readers at the beginning. The notifications
 * of all sheets stand at the last item, with which the letter has been told whole.
 */
export function addressed(
  drafts: readonly DraftSection[],
  told: readonly Readable[],
  notifications: readonly number[],
): Section[] {
  const items = drafts.flatMap((section) => section.items);
  const mentioned = new Map(items.map((item): [Draft, Set<string>] => [item, new Set()]));
  for (const { mentions, sheet } of told) {
    const codes = new Set(sheet.concerns.map(({ code }) => code));
    const own = sheet.county ? items.slice(0, 1) : items.filter((item) => item.codes.some((code) => codes.has(code)));
    for (const item of own) for (const mention of mentions) mentioned.get(item)?.add(mention);
  }
  return drafts.map(({ items: own, ...section }) => ({
    ...section,
    items: own.map((draft) => {
      const { codes: _, ...item } = draft;
      const mentions = [...(mentioned.get(draft) ?? [])];
      return { ...item, mentions, notifications: draft === items.at(-1) ? notifications : [] };
    }),
  }));
}
