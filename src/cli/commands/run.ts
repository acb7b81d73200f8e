import { Argument, type Command } from "commander";

const PROCESSES = ["planner", "collector", "exporter", "notifier"] as const;

export function runCommand(program: Command): void {
  program
    .command("run")
    .description("run one process until it is stopped")
    .addArgument(new Argument("<name>", "the process").choices(PROCESSES))
    .action(async (name: (typeof PROCESSES)[number]) => {
      const worker: { run(): Promise<void> } = await import(`../../../workers/${name}.ts`);
      await worker.run();
    });
}
