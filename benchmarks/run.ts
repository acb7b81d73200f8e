import { cpus, loadavg } from "node:os";
import { coldSweep } from "./coldSweep.ts";
import { printTable } from "./table.ts";

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(2)}`);
const figures = [...(await coldSweep())];
process.exitCode = printTable(figures) ? 0 : 1;
