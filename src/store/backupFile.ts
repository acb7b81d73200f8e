import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { UserError } from "../errors.ts";

export const BACKUP_FORMAT = "govmatrix backup 1";
/** How COPY closes its text; no row looks like it, because COPY escapes the backslash. */
export const ROWS_END = Buffer.from("\\.\n");
const NEWLINE = 10;
const MAX_HEADER_BYTES = 1024 * 1024;

const headerShape = z.object({
  format: z.literal(BACKUP_FORMAT),
  /** The govmatrix that wrote it. */
  version: z.string(),
  createdAt: z.string(),
  /** Names, oldest first: the schema that the tables have. */
  migrations: z.array(z.string()).min(1),
  /** In the order of the file: each after those that it refers to. */
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number() })),
});
const footerShape = z.object({ sha256: z.string() });

export type BackupHeader = z.infer<typeof headerShape>;

export interface BackupReader {
  header: BackupHeader;
  /** The next table's rows as COPY text; each call goes on where the last one ended. */
  rows(): AsyncGenerator<Buffer>;
  /** Throws `UserError` unless the file ends here and is what was written. */
  finish(): Promise<void>;
  close(): void;
}

/** COPY writes line feeds within values as `\n`, so that each of its lines is a row. */
export function countRows(text: Buffer): number {
  let rows = 0;
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) rows += 1;
  return rows;
}

/** Opens a backup and reads its header. What it reads is whole only after `finish`. */
export async function openBackup(file: string): Promise<BackupReader> {
  const damaged = () =>
    new UserError(`${file}: is not a whole backup of govmatrix: damaged, cut short or another file`);
  const source = createReadStream(file);
  const text = createGunzip();
  // Faults reach who reads the text.
  pipeline(source, text, () => {});
  const chunks: AsyncIterator<Buffer> = text[Symbol.asyncIterator]();
  const hash = createHash("sha256");
  let rest: Buffer = Buffer.alloc(0);

  /** The next whole lines; those that are not used go back into `rest`. */
  async function lines(maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
    for (;;) {
      const end = rest.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        const whole = rest.subarray(0, end);
        rest = rest.subarray(end);
        return whole;
      }
      const next = await chunks.next().catch((error: NodeJS.ErrnoException) => {
        throw error.syscall ? new UserError(`${file}: cannot be read (${error.code})`) : damaged();
      });
      if (next.done || rest.length > maxBytes) throw damaged();
      rest = Buffer.concat([rest, next.value]);
    }
  }

  async function line<Shape>(shape: z.ZodType<Shape>, hashed: boolean): Promise<Shape> {
    const whole = await lines(MAX_HEADER_BYTES);
    const end = whole.indexOf(NEWLINE) + 1;
    const bytes = whole.subarray(0, end);
    rest = Buffer.concat([whole.subarray(end), rest]);
    if (hashed) hash.update(bytes);
    try {
      return shape.parse(JSON.parse(bytes.toString()));
    } catch {
      throw damaged();
    }
  }

  async function* rows(): AsyncGenerator<Buffer> {
    for (;;) {
      const whole = await lines();
      const end = endOfRows(whole);
      const text = end === null ? whole : whole.subarray(0, end);
      hash.update(text);
      if (text.length > 0) yield text;
      if (end === null) continue;
      hash.update(ROWS_END);
      rest = Buffer.concat([whole.subarray(end + ROWS_END.length), rest]);
      return;
    }
  }

  async function finish(): Promise<void> {
    const { sha256 } = await line(footerShape, false);
    const more = rest.length > 0 || !(await chunks.next().catch(() => ({ done: false }))).done;
    if (more || sha256 !== hash.digest("hex")) throw damaged();
  }

  const close = (): void => void source.destroy();
  try {
    return { header: await line(headerShape, true), rows, finish, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Where the closing line stands in whole lines of COPY text; null when it comes later. */
function endOfRows(whole: Buffer): number | null {
  if (whole.subarray(0, ROWS_END.length).equals(ROWS_END)) return 0;
  const before = whole.indexOf(`\n${ROWS_END}`);
  return before === -1 ? null : before + 1;
}

/** Throws `UserError` unless the file is a whole backup. */
export async function readToEnd(backup: BackupReader): Promise<void> {
  for (const _ of backup.header.tables) for await (const _ of backup.rows());
  await backup.finish();
}
