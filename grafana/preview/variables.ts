import type { Dashboard, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { type Chosen, fillSql, type Scope } from "./interpolate.ts";
import type { Statements } from "./postgres.ts";

export interface Option {
  text: string;
  value: string;
}

export interface FilledVariable extends Chosen {
  name: string;
  label: string;
  hidden: boolean;
  options: Option[];
  /** As the board's head shows it. */
  text: string;
}

const ALL = "$__all";

/**
 * The board's variables with what is chosen: the given value, else the default; of a query's options the first where there is no
 * default. All means every option.
 */
export async function fillVariables(
  board: Dashboard,
  statements: Pick<Statements, "rows">,
  range: Pick<Scope, "from" | "to">,
  given: Readonly<Record<string, string>> = {},
): Promise<Map<string, FilledVariable>> {
  const filled = new Map<string, FilledVariable>();
  for (const variable of board.templating.list ?? []) {
    const scope = { ...range, intervalMs: 0, scrapeMs: 0, variables: filled };
    const options = await optionsOf(variable, statements, scope);
    const multi = variable.multi === true || variable.includeAll === true;
    const current = given[variable.name] ?? [variable.current?.value ?? []].flat()[0];
    const chosen = current === ALL ? options : options.filter(({ value }) => value === current);
    const all = chosen.length > 0 ? chosen : options.slice(0, 1);
    filled.set(variable.name, {
      ...{ name: variable.name, label: variable.label ?? variable.name, hidden: variable.hide === 2, options, multi },
      ...{
        values: all.map(({ value }) => value),
        text: current === ALL ? "全部" : all.map(({ text }) => text).join("、"),
      },
    });
  }
  return filled;
}

async function optionsOf(
  variable: VariableModel,
  statements: Pick<Statements, "rows">,
  scope: Scope,
): Promise<Option[]> {
  if (variable.type === "datasource") {
    const { text = "", value = "" } = variable.current ?? {};
    return [{ text: String(text), value: String(value) }];
  }
  if (variable.type !== "query") throw new Error(`variable ${variable.name} is of the unknown type ${variable.type}`);
  const rows = await statements.rows(fillSql(String(variable.query), scope));
  if (rows.length === 0) throw new Error(`variable ${variable.name} has no options`);
  return rows.map((row) => {
    const { __text: text, __value: value } = row;
    if (typeof text !== "string" || typeof value !== "string")
      throw new Error(`variable ${variable.name}: expected the columns __text and __value`);
    return { text, value };
  });
}
