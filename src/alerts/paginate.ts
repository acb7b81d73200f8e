import type { Severity } from "../model.ts";
import { SEVERITIES } from "../model.ts";
import type { Channel } from "./channels/channel.ts";
import { crampsText } from "./channels/mentions.ts";
import { fullest } from "./fullest.ts";
import type { Item, Letter, Line, Message, Section } from "./letter.ts";
import { cutLine, textOf } from "./lines.ts";

export interface Page {
  message: Message;
  notifications: number[];
}

type Measure = Pick<Channel, "limitBytes" | "bytes"> & Partial<Pick<Channel, "type">>;

/** An item where it stands, with the lines that are told of it and who is mentioned for it. */
interface Entry {
  section: Section;
  item: Item;
  lines: readonly Line[];
  mentions: readonly string[];
}

interface Form {
  linesOf: (item: Item) => readonly Line[];
  /** Items of a section run on in one line. */
  runOn: boolean;
}

/** Share of a message that mentions may fill. */
const MENTIONS = 0.25;
/** The markup around one. */
const MENTION_BYTES = 16;

const FULL: Form = { linesOf: ({ full }) => full, runOn: false };
const BRIEF: Form = { linesOf: ({ brief }) => [brief], runOn: false };
const NAMES: Form = { linesOf: ({ name }) => [[name]], runOn: true };

/**
 * Cuts the letter into at most `maxMessages` messages, each within the channel's limit, in the fullest form in which
 * they hold every item; what does not fit even by name is left out at the end, for the caller to tell later.
 * Mentions fill at most a quarter of a message, those of its first items. Where names do not fit beside them, those
 * that leave less room for words are dropped first, and all of them only where names need their room too. Title,
 * headings, advice and closing repeat and have to fit beside one item.
 */
export function paginate(letter: Letter, channel: Measure, maxMessages: number): Page[] {
  const items = letter.sections.flatMap((section) => section.items.map((item) => ({ section, item })));
  let pages: Entry[][] = [];
  let form = FULL;
  for (const attempt of attemptsAt(letter, channel)) {
    form = attempt.form;
    const entries = items.map(({ section, item }) => {
      return { section, item, lines: form.linesOf(item), mentions: item.mentions.filter(attempt.isMentioned) };
    });
    const packed = pack(letter, entries, channel, form, maxMessages);
    pages = packed.pages;
    if (packed.complete) break;
  }
  return pages.map((entries, index) => ({
    message: messageOf(letter, entries, form, channel, pages.length > 1 ? `（${index + 1}/${pages.length}）` : ""),
    notifications: entries.flatMap(({ item }) => item.notifications),
  }));
}

interface Attempt {
  form: Form;
  isMentioned: (mention: string) => boolean;
}

function attemptsAt({ sections }: Letter, { type }: Measure): Attempt[] {
  const isRoomy = (mention: string) => type === undefined || !crampsText(type, mention);
  const isCramped = sections.some(({ items }) => items.some(({ mentions }) => !mentions.every(isRoomy)));
  const inAnyForm = (isMentioned: Attempt["isMentioned"]) =>
    [FULL, BRIEF, NAMES].map((form) => ({ form, isMentioned }));
  return [
    ...inAnyForm(() => true),
    ...(isCramped ? inAnyForm(isRoomy) : []),
    { form: NAMES, isMentioned: () => false },
  ];
}

function pack(letter: Letter, entries: readonly Entry[], channel: Measure, form: Form, maxMessages: number) {
  const most = Math.min(maxMessages, entries.length);
  // As long as any number that can stand there.
  const numbering = `（${most}/${most}）`;
  const sizeOf = (page: readonly Entry[]) => channel.bytes(messageOf(letter, page, form, channel, numbering));
  const weights = entries.map(weightOf);
  const pages: Entry[][] = [];
  let from = 0;
  while (from < entries.length && pages.length < maxMessages) {
    const rest = entries.slice(from);
    const count = fullest(weights.slice(from), channel.limitBytes, (length) => sizeOf(rest.slice(0, length)));
    const first = rest[0];
    const page = count > 0 || !first ? rest.slice(0, count) : [shortened(first, channel.limitBytes, sizeOf)];
    pages.push(page);
    from += page.length;
  }
  return { pages, complete: from === entries.length };
}

/** What of one item fits in a message of its own. */
function shortened(entry: Entry, limitBytes: number, sizeOf: (page: readonly Entry[]) => number): Entry {
  const brief = { ...entry, lines: [entry.item.brief] };
  if (sizeOf([brief]) <= limitBytes) return brief;
  const units = textOf(entry.item.brief).length;
  const cutTo = (length: number) => ({ ...entry, lines: [cutLine(entry.item.brief, length)] });
  return cutTo(fullest(new Array(units).fill(3), limitBytes, (length) => sizeOf([cutTo(length)])));
}

const weightOf = ({ lines }: Entry) => lines.reduce((sum, line) => sum + Buffer.byteLength(textOf(line)) + 8, 0);

function messageOf(letter: Letter, page: readonly Entry[], form: Form, channel: Measure, numbering: string): Message {
  const sections = [...Map.groupBy(page, ({ section }) => section)];
  return {
    title: letter.title + numbering,
    severity: gravest(sections.map(([section]) => section.severity)),
    blocks: sections.map(([{ heading, severity, advice }, entries]) => {
      const lines = entries.flatMap((entry) => entry.lines);
      return { heading, severity, lines: [...(form.runOn ? [joined(lines)] : lines), ...(advice ? [advice] : [])] };
    }),
    closing: letter.closing,
    mentions: mentionsOf(page, channel.limitBytes * MENTIONS),
  };
}

const joined = (lines: readonly Line[]): Line => lines.flatMap((line, index) => (index > 0 ? ["、", ...line] : line));

function mentionsOf(page: readonly Entry[], roomBytes: number): string[] {
  const mentions: string[] = [];
  let left = roomBytes;
  for (const mention of new Set(page.flatMap((entry) => entry.mentions))) {
    left -= Buffer.byteLength(mention) + MENTION_BYTES;
    if (left < 0) break;
    mentions.push(mention);
  }
  return mentions;
}

function gravest(severities: readonly (Severity | null)[]): Severity | null {
  return SEVERITIES.findLast((severity) => severities.includes(severity)) ?? null;
}
