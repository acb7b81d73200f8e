/** Parts of statements that the boards share. Times are those of Asia/Shanghai whatever the browser says. */

const day = (macro: string) => `(${macro}::timestamptz at time zone 'Asia/Shanghai')::date`;

/** The departments chosen; right also while there are none to choose from. */
export const ofDepartments = (column = "department") => `${column} = any (array[\${department:sqlstring}]::text[])`;

/** The account chosen. */
export const ofAccount = (column = "account") => `${column} = \${account:sqlstring}`;

/** Days of the board's range. */
export const daysInRange = (column = "stat_date") =>
  `${column} between ${day("$__timeFrom()")} and ${day("$__timeTo()")}`;

/** From `first` to `last`, some day of which is one of the range's. */
export const daysMeetRange = (first: string, last: string) =>
  `${first} <= ${day("$__timeTo()")} and ${last} >= ${day("$__timeFrom()")}`;

/** A row for each day of the board's range, `stat_date`: a table for `from`. */
export const DAYS = `(
  select ${day("$__timeFrom()")} + n as stat_date
  from generate_series(0, ${day("$__timeTo()")} - ${day("$__timeFrom()")}) n
) days`;

/** The same for its weeks, `week`: their Mondays. */
export const WEEKS = `(
  select stat_date as week from ${DAYS} where extract(isodow from stat_date) = 1
) weeks`;

/** Instants of the board's range. */
export const inRange = (column: string) => `${column} between $__timeFrom()::timestamptz and $__timeTo()::timestamptz`;

/** The beginning of a day as Grafana's time. */
export const dayStart = (column = "stat_date") => `(${column}::timestamp at time zone 'Asia/Shanghai') as time`;

/** `11-22 24:00`: what a figure of whole days is true for. */
export const untilText = (instant: string) =>
  `coalesce(to_char((${instant} - interval '1 second') at time zone 'Asia/Shanghai', 'MM-DD') || ' 24:00', '未知')`;

/** `11-22 08:31`. */
export const minuteText = (instant: string) =>
  `coalesce(to_char(${instant} at time zone 'Asia/Shanghai', 'MM-DD HH24:MI'), '未知')`;

/** As `minuteText`, but the end of a day in that day: `11-22 24:00`. */
export const endText = (instant: string) => `case when ${instant} = date_trunc('day', ${instant}, 'Asia/Shanghai')
  then ${untilText(instant)} else ${minuteText(instant)} end`;

/** One figure for `stat`: `asOf` is the text above it, such as `截至 11-22 24:00 · 43/45 个账号有数据`. */
export const figure = (value: string, asOf: string, from: string) =>
  `select now() as time, ${asOf} as metric, (${value})::float8 as value ${from}`;
