export interface Step {
  name: string;
  fault: string | null;
  figure: string;
  seconds: number;
}

/** Thrown when what follows would be of no use. */
export class Abandoned extends Error {}

/** Somebody wants this to end: what was started is still taken down. */
export const interruption = new AbortController();

export interface Steps {
  /** Does what everything after it needs. Throws `Abandoned` when it fails. */
  need<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** Examines one thing; whatever comes of it, the next goes on. The text that it answers is shown in the table. */
  check(name: string, work: () => Promise<string | undefined>): Promise<void>;
  /** Takes something down, whatever happened before. */
  end(name: string, work: () => Promise<void>): Promise<void>;
  all(): readonly Step[];
}

export function startSteps(): Steps {
  const steps: Step[] = [];
  const timed = async <Result>(name: string, work: () => Promise<Result>): Promise<{ result: Result } | null> => {
    const startedAt = performance.now();
    const step: Step = { name, fault: null, figure: "", seconds: 0 };
    try {
      const result = await work();
      if (typeof result === "string") step.figure = result;
      return { result };
    } catch (error) {
      step.fault = error instanceof Error ? error.message : String(error);
      return null;
    } finally {
      step.seconds = (performance.now() - startedAt) / 1_000;
      steps.push(step);
      console.log(`${step.fault === null ? "ok    " : "FAILED"} ${step.seconds.toFixed(1).padStart(6)} s  ${name}`);
      if (step.fault !== null) console.log(step.fault.replace(/^/gm, "         "));
    }
  };
  return {
    async need(name, work) {
      if (interruption.signal.aborted) throw new Abandoned(name);
      const done = await timed(name, work);
      if (done === null) throw new Abandoned(name);
      return done.result;
    },
    async check(name, work) {
      if (interruption.signal.aborted) throw new Abandoned(name);
      await timed(name, work);
    },
    async end(name, work) {
      await timed(name, work);
    },
    all: () => steps,
  };
}

/** Prints the table; true when no step failed. */
export function printSteps(steps: readonly Step[]): boolean {
  const width = Math.max(...steps.map(({ name }) => name.length));
  console.log("");
  for (const { name, fault, figure, seconds } of steps) {
    const result = fault === null ? "ok    " : "FAILED";
    console.log(`${name.padEnd(width)}  ${result}  ${seconds.toFixed(1).padStart(6)} s  ${figure}`.trimEnd());
  }
  const failed = steps.filter(({ fault }) => fault !== null).length;
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log(`\n${steps.length} steps, ${failed} failed, ${Math.round(total)} s`);
  if (interruption.signal.aborted) console.log(`ended by ${interruption.signal.reason}`);
  return failed === 0 && !interruption.signal.aborted;
}
