/** Stateless randomness: the same keys always give the same value, so no history has to be remembered. */
export function mix(...keys: number[]): number {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    hash = Math.imul(hash ^ key, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash + 0x165667b1, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** In [0, 1). */
export function unit(...keys: number[]): number {
  return mix(...keys) / 2 ** 32;
}

/** Keeps draws for different purposes apart. */
export function salt(purpose: string): number {
  let hash = 0x811c9dc5;
  for (const character of purpose) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

export function hex(length: number, ...keys: number[]): string {
  let text = "";
  for (let block = 0; text.length < length; block++)
    text += mix(...keys, block)
      .toString(16)
      .padStart(8, "0");
  return text.slice(0, length);
}

export function pick<T>(items: readonly [T, ...T[]], ...keys: number[]): T {
  return items[mix(...keys) % items.length] ?? items[0];
}
