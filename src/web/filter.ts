import { cleanName } from "../alerts/clean.ts";
import type { StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";

export interface Department {
  code: string;
  name: string;
}

export function departmentsOf(accounts: readonly StatusAccount[]): Department[] {
  const names = new Map(
    accounts.map(({ department, departmentName }) => [department, cleanName(departmentName) || department]),
  );
  return [...names].map(([code, name]) => ({ code, name })).sort((a, b) => a.name.localeCompare(b.name, "zh-CN"));
}

/** `chosen` is a department's code; null = all. */
export function departmentForm(departments: readonly Department[], chosen: string | null): Html {
  if (departments.length < 2 && chosen === null) return html``;
  const options = departments.map(
    ({ code, name }) => html`<option value="${code}"${code === chosen ? SELECTED : html``}>${name}</option>`,
  );
  return html`<form method="get" action="/"><label for="department">单位</label>
<select id="department" name="department"><option value="">全部单位</option>${options}</select>
<button type="submit">筛选</button></form>`;
}

const SELECTED = html` selected`;
