import { daysFrom } from "../../calendar.ts";
import type { Coverage, Day } from "../../model.ts";
import { DELAYED } from "./finality.ts";

/** Days that lie before those of the daily visits. Their figures are settled, so each is asked for once. */
export interface History {
  from: Day;
  to: Day;
  /** What failed since then is left to a later run. */
  since: Date;
}

/** Days of the history that are not there yet, oldest first. */
export function missingDays({ from, to, since }: History, covered: ReadonlyMap<Day, Coverage>): Day[] {
  return daysFrom(from, to).filter((day) => {
    const known = covered.get(day);
    if (!known) return true;
    const answered = known.state === "final" || (known.state === "provisional" && known.code !== DELAYED);
    return !answered && known.age === null && known.fetchedAt < since;
  });
}
