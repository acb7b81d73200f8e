import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Holder, SECRETS } from "./holders.ts";

export interface Store {
  /** Holds one directory for each consumer. */
  root: string;
  /** Makes the path root's and gives it to the consumer's group. */
  give(path: string, consumer: string): void;
}

/** What the person can mend. */
export class SecretFault extends Error {}

const place = ({ root }: Store, { consumer, file }: Holder) => join(root, consumer, file);

function holdersOf(name: string): readonly Holder[] {
  const secret = SECRETS[name];
  if (!secret) throw new SecretFault(`no secret is called ${name}: expected one of ${Object.keys(SECRETS).join(", ")}`);
  return secret.holders;
}

/** The stored value; undefined while no consumer has it. Throws `SecretFault` when two consumers hold different ones. */
export function readSecret(store: Store, name: string): string | undefined {
  const found = holdersOf(name)
    .filter((holder) => existsSync(place(store, holder)))
    .map((holder) => ({ holder, value: holder.read(readFileSync(place(store, holder), "utf8").trim()) }));
  const [first] = found;
  const odd = found.find(({ value }) => value === "" || value !== first?.value);
  if (odd) {
    const { consumer, file } = odd.holder;
    throw new SecretFault(
      `${name}: ${consumer}/${file} is not what the other consumers hold; \`set ${name}\` sets all`,
    );
  }
  return first?.value;
}

/** Makes what no consumer has, gives the others what one of them has already, and answers the names of what was made. */
export function ensureSecrets(store: Store): string[] {
  const made: string[] = [];
  for (const [name, { make, holders }] of Object.entries(SECRETS)) {
    const found = readSecret(store, name);
    const value = found ?? make(randomBytes(32));
    for (const holder of holders) if (!existsSync(place(store, holder))) write(store, holder, value);
    if (found === undefined) made.push(name);
  }
  return made;
}

/** Answers the consumers, which read it when they are started again. */
export function setSecret(store: Store, name: string, value: string): string[] {
  const holders = holdersOf(name);
  if (value === "") throw new SecretFault(`nothing to read on stdin: expected the new ${name}`);
  for (const holder of holders) {
    if (holder.read(holder.write(value).trim()) === value) continue;
    throw new SecretFault(`${name}: expected letters, digits, - and _ only, as it becomes a part of ${holder.file}`);
  }
  for (const holder of holders) write(store, holder, value);
  return holders.map(({ consumer }) => consumer);
}

/** Whole or not at all: a start that was cut short leaves no half of a secret. */
function write(store: Store, holder: Holder, value: string): void {
  const directory = join(store.root, holder.consumer);
  const draft = join(directory, `.${holder.file}`);
  rmSync(draft, { force: true });
  writeFileSync(draft, holder.write(value), { mode: 0o400, flush: true });
  store.give(draft, holder.consumer);
  chmodSync(draft, 0o440);
  renameSync(draft, place(store, holder));
  store.give(directory, holder.consumer);
  chmodSync(directory, 0o750);
}
