import { place } from "../kit/board.ts";
import { rows } from "../kit/query.ts";
import { ofDepartments } from "../kit/sql.ts";
import { table } from "../kit/table.ts";
import { DEPARTMENT } from "./weeks.ts";

export const readers = [
  place(
    24,
    11,
    table(
      {
        title: "上周阅读：与本单位自己过去相比（仅供运营参考，不作为考核评价依据）",
        description:
          "上一个完整周的日阅读人数合计，与同一账号此前八周的中位数相比（至少三周有数据才比），再按单位相加；1 倍即与平时相当。按单位代码排列，单位之间不比较、不排名。",
        noValue: "上周的数据尚未采集",
      },
      rows(`
        select department_name, ratio, readers, typical_readers,
          accounts_compared || '/' || accounts as compared,
          to_char(week, 'MM-DD') || ' 至 ' || to_char(week + 6, 'MM-DD') as week, department
        from v_reader_trend
        where ${ofDepartments()}
        order by department`),
      {
        department_name: DEPARTMENT,
        ratio: { title: "相当于自己平时", width: 140, unit: "suffix: 倍", decimals: 2 },
        readers: { title: "上周阅读（人次）", width: 150, unit: "locale" },
        typical_readers: { title: "此前八周中位数（人次）", width: 190, unit: "locale", decimals: 0 },
        compared: { title: "可比账号", width: 110, align: "center" },
        week: { title: "统计的周", width: 160 },
      },
      ["department"],
    ),
  ),
];
