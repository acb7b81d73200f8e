import { type DaemonFamily, label } from "./family.ts";

export const visitsDue: DaemonFamily = {
  name: "govmatrix_visits_due",
  help: "Visits whose time has come and that no worker holds, as stored by the planner and the collectors.",
  source: "all",
  samples({ visits, chores }, emit) {
    const counts = new Map<string, number>();
    for (const rows of [...visits.map((page) => page.rows), chores]) {
      for (const { collector, due } of rows) counts.set(collector, (counts.get(collector) ?? 0) + Number(due));
    }
    for (const [collector, count] of [...counts].sort()) emit(label("collector", collector), count);
  },
};
