import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";

const deflate = promisify(deflateRaw);
const LEVEL = { level: constants.Z_BEST_SPEED };
/** RFC 1952, section 2.3: deflate, no name, no time, fastest, unknown system. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);

/** What the end of a gzip stream says about all bytes before it. */
export interface Checksum {
  crc: number;
  length: number;
}

/**
 * Compresses a part that others will follow. It ends on a byte boundary and looks back into no other part, so parts can
 * be kept and joined in any order. (Whole members joined would be valid gzip too, but curl reads the first one only.)
 */
export function deflatePart(bytes: Buffer): Promise<Buffer> {
  return deflate(bytes, { ...LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
}

/** One piece per turn of the event loop: a large page takes tens of milliseconds. */
export async function checksumOf(pieces: readonly Buffer[]): Promise<Checksum> {
  const sum: Checksum = { crc: 0, length: 0 };
  for (const piece of pieces) {
    await nextTurn();
    sum.crc = crc32(piece, sum.crc);
    sum.length += piece.length;
  }
  return sum;
}

/** One gzip stream of the parts, whose uncompressed bytes have `checksum`, and of `last`. */
export async function gzipStream(parts: readonly Buffer[], checksum: Checksum, last: Buffer): Promise<Buffer[]> {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(last, checksum.crc));
  tail.writeUInt32LE((checksum.length + last.length) % 2 ** 32, 4);
  return [HEAD, ...parts, await deflate(last, LEVEL), tail];
}
