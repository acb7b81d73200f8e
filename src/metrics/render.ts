import { setImmediate as nextTurn } from "node:timers/promises";
import type { ExpositionData, Page } from "../store/exposition.ts";
import { type DaemonFamily, type Emit, type Family, label } from "./family.ts";
import { deflatePart } from "./gzip.ts";

/** Bytes as they are and as a part of a gzip stream. */
interface Chunk {
  text: Buffer;
  deflated: Buffer;
}

interface PageChunk extends Chunk {
  /** What it was rendered from. */
  page: Page<unknown> | null;
}

/** HELP and TYPE, then the samples of each page. */
export interface Rendered {
  head: Chunk | null;
  pages: readonly PageChunk[];
}

const EMPTY = Buffer.alloc(0);
export const NOTHING: Rendered = { head: null, pages: [] };

/** Renders the pages that changed, one per turn of the event loop; the others keep their bytes. */
export async function renderFamily(family: Family, data: ExpositionData, previous: Rendered): Promise<Rendered> {
  const head = previous.head ?? (await chunk(headOf(family)));
  switch (family.source) {
    case "accounts":
      return { head, pages: await renderPages(family, data.accounts, previous.pages) };
    case "visits":
      return { head, pages: await renderPages(family, data.visits, previous.pages) };
    case "budgets":
      return { head, pages: await renderPages(family, data.budgets, previous.pages) };
    case "replies":
      return { head, pages: await renderPages(family, data.replies, previous.pages) };
    case "all":
      return { head, pages: [await renderDaemon(family, data, previous.pages[0])] };
  }
}

/** A family without samples is left out, HELP and TYPE too. */
export function bytesOf({ head, pages }: Rendered, form: keyof Chunk): Buffer[] {
  const samples = pages.map((page) => page[form]).filter((bytes) => bytes.length > 0);
  return head === null || samples.length === 0 ? [] : [head[form], ...samples];
}

/** As the text format writes it. */
const number = (value: number) => (value === Number.POSITIVE_INFINITY ? "+Inf" : String(value));

interface RowFamily<Row> {
  name: string;
  samples(row: Row, emit: Emit): void;
}

async function renderPages<Row extends { account: string; department: string }>(
  family: RowFamily<Row>,
  pages: readonly Page<Row>[],
  previous: readonly PageChunk[],
): Promise<PageChunk[]> {
  const chunks: PageChunk[] = [];
  for (const [index, page] of pages.entries()) {
    const known = previous[index];
    if (known?.page === page) chunks.push(known);
    else chunks.push({ page, ...(await chunkUnless(known, rowLines(family, page.rows))) });
  }
  return chunks;
}

function rowLines<Row extends { account: string; department: string }>(
  family: RowFamily<Row>,
  rows: readonly Row[],
): string {
  let lines = "";
  for (const row of rows) {
    const start = `${family.name}{${label("account", row.account)},${label("department", row.department)}`;
    family.samples(row, (labels, value) => {
      if (value !== null) lines += `${start}${labels === "" ? "" : ","}${labels}} ${number(value)}\n`;
    });
  }
  return lines;
}

async function renderDaemon(family: DaemonFamily, data: ExpositionData, known?: Chunk): Promise<PageChunk> {
  let lines = "";
  family.samples(data, (labels, value) => {
    if (value !== null) lines += `${family.name}${labels === "" ? "" : `{${labels}}`} ${number(value)}\n`;
  });
  return { page: null, ...(await chunkUnless(known, lines)) };
}

function headOf({ name, help }: Family): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} gauge\n`;
}

/** The known chunk when its text is the same. */
async function chunkUnless(known: Chunk | undefined, lines: string): Promise<Chunk> {
  await nextTurn();
  const text = Buffer.from(lines);
  return known?.text.equals(text) ? { text: known.text, deflated: known.deflated } : await chunk(text);
}

async function chunk(lines: string | Buffer): Promise<Chunk> {
  const text = Buffer.from(lines);
  return { text, deflated: text.length === 0 ? EMPTY : await deflatePart(text) };
}
