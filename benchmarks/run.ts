import { cpus, loadavg } from "node:os";
import { alerts } from "./alerts.ts";
import { boards } from "./boards.ts";
import { coldSweep } from "./coldSweep.ts";
import { doctor } from "./doctor.ts";
import { printTable } from "./table.ts";

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(2)}`);
const figures = [...(await alerts()), ...(await boards()), ...(await coldSweep()), ...(await doctor())];
process.exitCode = printTable(figures) ? 0 : 1;
