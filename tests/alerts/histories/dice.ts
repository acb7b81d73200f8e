import { unit } from "../../../src/simulator/random.ts";

export type Draw = () => number;

/** The same keys give the same row of draws from [0, 1). */
export function dice(...keys: number[]): Draw {
  let drawn = 0;
  return () => unit(...keys, drawn++);
}

export function oneOf<T>(draw: Draw, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(draw() * choices.length)] ?? choices[0];
}

export const between = (draw: Draw, from: number, to: number): number => from + draw() * (to - from);
