import { join } from "node:path";

/** Where the embedded mode keeps its state: beside the program, whatever the working directory. */
export function homeDirectory(demo: boolean): string {
  const home = join(import.meta.dirname, "../../.govmatrix");
  return demo ? join(home, "demo") : home;
}

/** Holds the address of the running demo's simulator. */
export function simulatorFile(): string {
  return join(homeDirectory(true), "simulator.url");
}
