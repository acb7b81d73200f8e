import type { Severity } from "../model.ts";

/** A string may come from anybody and hold anything: channels escape it. */
export type Span = string | { strong: string } | { link: string; text: string };
export type Line = readonly Span[];

/** What is told of one account (or of the system), in three lengths: the longest that fits is sent. */
export interface Item {
  /** Notifications that are delivered with this item. */
  notifications: readonly number[];
  /** Whom to mention where this item stands, as the channel knows them. */
  mentions: readonly string[];
  full: readonly Line[];
  /** One line. */
  brief: Line;
  /** A few characters that still tell which account it is. */
  name: string;
}

export interface Section {
  heading: string;
  /** Null for sections that only inform; colours where a channel has some. */
  severity: Severity | null;
  items: readonly Item[];
  /** What to do about all of them; stands once under the items of each message, whatever their length. */
  advice?: Line;
}

/** Everything that one target is told at one time, before it is cut into messages. */
export interface Letter {
  title: string;
  sections: readonly Section[];
  /** Stands under every message of the letter. */
  closing: readonly Line[];
}

/** One message. Its lines are ready but for the channel's markup. */
export interface Message {
  title: string;
  severity: Severity | null;
  /** Heading and lines, in order. */
  blocks: readonly { heading: string; severity: Severity | null; lines: readonly Line[] }[];
  closing: readonly Line[];
  /** Whom to mention, as the channel knows them. */
  mentions: readonly string[];
}
