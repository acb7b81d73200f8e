import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The master key of embedded mode, 32 bytes as base64; created on first use. */
export function masterKeyFile(directory: string): string {
  return readOrCreate(join(directory, "master.key"), () => randomBytes(32).toString("base64"));
}

export function databasePassword(directory: string): string {
  return readOrCreate(join(directory, "postgres.password"), () => randomBytes(24).toString("base64url"));
}

function readOrCreate(file: string, create: () => string): string {
  const existing = readIfPresent(file);
  if (existing !== null) return existing;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  createExclusively(file, `${create()}\n`);
  return readFileSync(file, "utf8").trim();
}

export function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Creates the file with its whole content at once, so that nobody reads half of it; false when it is there already. */
export function createExclusively(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
