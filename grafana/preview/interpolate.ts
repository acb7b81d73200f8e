import { durationText } from "./duration.ts";

/** What Grafana fills in: the board's range and the values chosen for its variables. */
export interface Scope {
  from: Date;
  to: Date;
  intervalMs: number;
  /** Between two scrapes, as the data source says. */
  scrapeMs: number;
  variables: ReadonlyMap<string, Chosen>;
}

/** `multi`: the variable takes several values, which decides how Grafana quotes them. */
export interface Chosen {
  multi: boolean;
  values: readonly string[];
}

const VARIABLE = /\$(\w+)|\$\{(\w+)(?::([^}]+))?\}/g;
const QUOTE = (value: string) => `'${value.replaceAll("'", "''")}'`;

function chosenOf(scope: Scope, name: string): Chosen {
  const chosen = scope.variables.get(name);
  if (!chosen) throw new Error(`there is no variable $${name}`);
  return chosen;
}

/** The id of a data source, such as `$postgres`. */
export function fillUid(uid: string, scope: Scope): string {
  return uid.replace(VARIABLE, (_all, plain, braced) => chosenOf(scope, plain ?? braced).values[0] ?? "");
}

/** As Grafana's Postgres data source: variables in the browser, macros on the server. Throws on what it does not know. */
export function fillSql(text: string, scope: Scope): string {
  const time = (instant: Date) => `'${instant.toISOString()}'`;
  const macros: Record<string, (argument: string) => string> = {
    timeFrom: () => time(scope.from),
    timeTo: () => time(scope.to),
    timeFilter: (column) => `${column} BETWEEN ${time(scope.from)} AND ${time(scope.to)}`,
  };
  const filled = text.replace(/\$__(\w+)\(([^()]*)\)/g, (all, name, argument) => {
    const macro = macros[name];
    if (!macro) throw new Error(`unknown macro ${all}`);
    return macro(argument);
  });
  return filled.replace(VARIABLE, (_all, plain, braced, format) => {
    const { multi, values } = chosenOf(scope, plain ?? braced);
    if (format === "sqlstring") return values.map(QUOTE).join(",");
    if (format !== undefined) throw new Error(`unknown format :${format}`);
    return multi ? values.map(QUOTE).join(",") : (values[0] ?? "").replaceAll("'", "''");
  });
}

/** As Grafana's Prometheus data source. */
export function fillPromQl(text: string, scope: Scope): string {
  const rangeMs = scope.to.getTime() - scope.from.getTime();
  const built: Record<string, string> = {
    __interval: durationText(scope.intervalMs),
    __interval_ms: String(scope.intervalMs),
    __range: `${Math.round(rangeMs / 1_000)}s`,
    __range_s: String(Math.round(rangeMs / 1_000)),
    __range_ms: String(rangeMs),
    __rate_interval: durationText(Math.max(scope.intervalMs + scope.scrapeMs, 4 * scope.scrapeMs)),
  };
  return text.replace(VARIABLE, (_all, plain, braced, format) => {
    const name = plain ?? braced;
    if (format !== undefined) throw new Error(`unknown format :${format}`);
    const value = built[name];
    if (value !== undefined) return value;
    const { multi, values } = chosenOf(scope, name);
    if (!multi) return (values[0] ?? "").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    const escaped = values.map((one) => one.replace(/[\\$^*{}[\]'+?.()|]/g, "\\\\$&"));
    return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
  });
}

/** Names of the variables that a text uses, besides those that Grafana has built in. */
export function variablesIn(text: string): string[] {
  const names = [...text.matchAll(VARIABLE)].map(([, plain, braced]) => plain ?? braced ?? "");
  return names.filter((name) => !name.startsWith("__"));
}
