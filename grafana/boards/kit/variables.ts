import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { POSTGRES, PROMETHEUS } from "./query.ts";

/** Where the boards look unless somebody chooses otherwise: the provisioned data sources. */
export const sources = () => [
  new DatasourceVariableBuilder("postgres")
    .label("数据库")
    .type(POSTGRES.type)
    .current({ text: "govmatrix", value: "govmatrix-postgres" })
    .hide(VariableHide.HideVariable),
  new DatasourceVariableBuilder("prometheus")
    .label("指标库")
    .type(PROMETHEUS.type)
    .current({ text: "Prometheus", value: "govmatrix-prometheus" })
    .hide(VariableHide.HideVariable),
];

/** `name`, with the code where another has the same: what has one text Grafana takes for one. */
const apart = (name: string, code: string) =>
  `${name} || case when count(*) over (partition by ${name}) > 1 then '（' || ${code} || '）' else '' end`;

const choice = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(POSTGRES)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.Disabled)
    .allowCustomValue(false);

/** `$department`: several or all; in statements `ofDepartments()`, in PromQL `department=~"$department"`. */
export const departments = () =>
  choice(
    "department",
    "单位",
    `select ${apart("department_name", "department")} as __text, department as __value
    from (select distinct department_name, department from v_account where lifecycle <> 'closed') departments
    order by 2`,
  )
    .multi(true)
    .includeAll(true)
    .current({ text: ["All"], value: ["$__all"] });

/** `$account`: one; in statements `ofAccount()`, in PromQL `account="$account"`. Closed ones stay: their history does. */
export const account = () =>
  choice(
    "account",
    "公众号",
    `select ${apart("account_name", "account")} || case when lifecycle = 'closed' then '（已注销）' else '' end as __text,
      account as __value
    from v_account
    order by lifecycle = 'closed', account_name, account`,
  );
