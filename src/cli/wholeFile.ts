import { randomBytes } from "node:crypto";
import { renameSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { UserError } from "../errors.ts";

/** Writes beside the file and renames at the end: what stands under its name is whole. Only its owner may read it. */
export async function writeWhole<Result>(file: string, write: (output: Writable) => Promise<Result>): Promise<Result> {
  const fault = (error: unknown) =>
    new UserError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw new UserError(`${file}: is not a file`);
  const draft = `${file}.${randomBytes(4).toString("hex")}.part`;
  const handle = await open(draft, "wx", 0o600).catch((error: unknown) => {
    throw fault(error);
  });
  try {
    const result = await write(outputTo(handle, fault));
    await handle.sync();
    renameSync(draft, file);
    return result;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** A stream of its own, because the file's would give faults of the source out as the file's. */
function outputTo(handle: FileHandle, fault: (error: unknown) => Error): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      handle.writeFile(chunk).then(
        () => done(),
        (error: unknown) => done(fault(error)),
      );
    },
  });
}
