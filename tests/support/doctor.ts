import assert from "node:assert/strict";
import { ReportedFault } from "../../src/cli/command.ts";
import { diagnose } from "../../src/cli/commands/doctor.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { loadConfig } from "../../src/config.ts";
import { type Environment, type Finished, isolated } from "./cli.ts";
import type { County } from "./county.ts";

export interface Report {
  account: string;
  state: string;
  findings: Finding[];
}

export interface Diagnosis {
  accounts: Report[];
  system: Finding[];
}

export interface Diagnosed extends Diagnosis {
  code: Finished["code"];
  /** What a person is shown. */
  text: string;
}

export type Doctor = (account?: string) => Promise<Diagnosed>;

/** What the command does once it has its context, without a process for each time. */
export function doctor(county: County, env: Environment): Doctor {
  return async (account) => {
    const printed: { document: unknown; lines: string[] }[] = [];
    let code = 0;
    const context = {
      ...county.context,
      config: loadConfig(isolated(env)),
      databaseUrl: county.url,
      options: { json: true, demo: false, debug: false },
      now: () => new Date(),
      print: (document: unknown, lines: string[]) => void printed.push({ document, lines }),
      author: () => assert.fail("doctor changes nothing"),
    };
    try {
      await diagnose(context, account);
    } catch (error) {
      if (!(error instanceof ReportedFault)) throw error;
      code = 1;
    }
    const [report] = printed;
    assert.ok(report && printed.length === 1, "expected one report");
    return { ...(JSON.parse(JSON.stringify(report.document)) as Diagnosis), text: report.lines.join("\n"), code };
  };
}
