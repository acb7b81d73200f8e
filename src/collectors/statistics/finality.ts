import { newestAskableDay } from "../../calendar.ts";
import type { Coverage, Day } from "../../model.ts";

/** The platform has not computed the day yet. */
export const DELAYED = "delayed";
/** The answer held other days and not this one; a second time it will not come any more. */
export const NO_ROW = "no_row";
export const NO_ROW_AGAIN = "no_row_again";
/** The whole answer was empty; a second one on a later morning confirms it. */
export const EMPTY = "empty";
export const EMPTY_AGAIN = "empty_again";
/** Most active accounts got no row for this day today: the platform's fault until the next morning repeats it. */
export const EMPTY_EVERYWHERE = "empty_everywhere";
/** Fewer articles were listed than the summary counts; a second time the count stands alone. */
export const INCOMPLETE = "incomplete";
export const INCOMPLETE_AGAIN = "incomplete_again";

/** Wanted when the day's calls were used up. The oldest such day is marked, so that it stays wanted when its month is over. */
export const LEFT_OVER = "budget";

/** Whether the platform had a newer day to tell of since: at night it says nothing that it did not say before. */
export function isFromEarlierMorning(
  known: Coverage,
  { latest, visit }: { latest: Day; visit: { statisticsReadyAt: string } },
): boolean {
  return newestAskableDay(known.fetchedAt, visit.statisticsReadyAt) < latest;
}
