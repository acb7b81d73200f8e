import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";

/** Chosen by the board's variables; their defaults are the provisioned data sources. */
export const POSTGRES = { type: "grafana-postgresql-datasource", uid: "$postgres" };
export const PROMETHEUS = { type: "prometheus", uid: "$prometheus" };

/** A query of Grafana's Postgres data source, for which the SDK has no type. */
export interface SqlQuery extends Dataquery {
  refId?: string;
  datasource: { type: string; uid: string };
  editorMode: "code";
  format: "table" | "time_series";
  rawQuery: true;
  rawSql: string;
}

class SqlQueryBuilder implements Builder<SqlQuery> {
  private readonly query: SqlQuery;

  constructor(query: SqlQuery) {
    this.query = query;
  }

  build(): SqlQuery {
    return this.query;
  }
}

function sqlQuery(format: SqlQuery["format"], rawSql: string): Builder<SqlQuery> {
  const text = rawSql.trim().replace(/\n\s+/g, "\n");
  return new SqlQueryBuilder({
    ...{ datasource: POSTGRES, editorMode: "code", format, rawQuery: true, rawSql: text },
    _implementsDataqueryVariant: () => {},
  });
}

/** Rows and columns as the statement gives them. */
export const rows = (statement: string) => sqlQuery("table", statement);

/**
 * Series over time: columns `time`, `metric` (text: the series' name) and `value` (number), in order of time.
 * Exactly these three: then Grafana names a series by `metric` alone.
 */
export const series = (statement: string) => sqlQuery("time_series", statement);

/** PromQL over the board's range; `legend` as `{{label}}`. */
export const range = (expression: string, legend: string) =>
  new DataqueryBuilder().datasource(PROMETHEUS).expr(expression).legendFormat(legend).range();

/** PromQL at the end of the board's range, a row for each series; `legend` names it where no table shows its labels. */
export const instant = (expression: string, legend = "") =>
  new DataqueryBuilder()
    .datasource(PROMETHEUS)
    .expr(expression)
    .legendFormat(legend)
    .instant()
    .format(legend === "" ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
