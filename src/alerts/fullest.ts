/** Guesses by proportion before it halves: most often the first is all but right. */
const GUESSES = 4;

/**
 * How many parts, from the first on, fit within the limit; 0 when not even one does. `sizeOf` grows with its argument
 * and is dear to call, so that the parts' rough sizes tell where to begin. What is returned was measured.
 */
export function fullest(roughSizes: readonly number[], limit: number, sizeOf: (count: number) => number): number {
  let fits = 0;
  let exceeds = roughSizes.length + 1;
  let guess = 0;
  for (let sum = 0; guess < roughSizes.length && sum <= limit; guess += 1) sum += roughSizes[guess] ?? 0;
  for (let tries = 0; exceeds - fits > 1; tries += 1) {
    const count = Math.min(Math.max(guess, fits + 1), exceeds - 1);
    const size = sizeOf(count);
    if (size <= limit) fits = count;
    else exceeds = count;
    guess = tries < GUESSES ? Math.floor((count * limit) / size) : Math.floor((fits + exceeds) / 2);
  }
  return fits;
}
