import {
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";

/** What colours mean, on every board. */
export const COLOUR = {
  good: "green",
  notice: "yellow",
  warning: "orange",
  bad: "red",
  calm: "blue",
  unknown: "gray",
  /** Nothing happened, and that is known. */
  none: "rgba(128, 128, 128, 0.3)",
} as const;
export type Colour = (typeof COLOUR)[keyof typeof COLOUR];

/**
 * `steps` by rising value: the colour from that value on; `base` is that of everything below. Grafana gives it to what
 * is unknown too: no verdict can be the base of a figure or cell.
 */
export function thresholds(base: Colour, steps: readonly (readonly [number, Colour])[] = []): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: base }, ...steps.map(([value, color]) => ({ value, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}

/** Days left to the deadline: past it red, under two orange, under four yellow. */
export const DAYS_LEFT = thresholds(COLOUR.unknown, [
  [-100_000, COLOUR.bad],
  [0, COLOUR.warning],
  [2, COLOUR.notice],
  [4, COLOUR.good],
]);

/** Articles of a day: none, some, many; a day that is unknown has no colour. */
export const ARTICLES = thresholds(COLOUR.none, [
  [1, COLOUR.good],
  [4, COLOUR.calm],
]);

/** None is well, any is not. */
export const ANY_IS = (colour: Colour) =>
  thresholds(COLOUR.unknown, [
    [0, COLOUR.good],
    [1, colour],
  ]);

export const NEUTRAL = thresholds(COLOUR.unknown, [[0, COLOUR.calm]]);

/** Codes of a column as people read them. */
export function texts(names: Record<string, readonly [text: string, colour?: Colour]>): ValueMapping[] {
  const options = Object.entries(names).map(
    ([code, [text, color]], index) => [code, color ? { text, color, index } : { text, index }] as const,
  );
  return [{ type: "value", options: Object.fromEntries(options) } as ValueMapping];
}

/** Levels of alerts. */
export const SEVERITIES = texts({
  critical: ["严重", COLOUR.bad],
  warning: ["警告", COLOUR.warning],
  info: ["提示", COLOUR.calm],
});
