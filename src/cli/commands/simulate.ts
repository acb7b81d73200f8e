import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../../errors.ts";
import { startSimulator } from "../../simulator/index.ts";
import { type GlobalOptions, print } from "../command.ts";
import { untilStopped } from "../signals.ts";

const whole = (text: string) => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return Number(text);
};

const address = (text: string) => {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match) throw new InvalidArgumentError("expected host:port");
  return { host: (match[1] ?? "").replace(/^\[|\]$/g, ""), port: Number(match[2]) };
};

export function simulateCommand(program: Command): void {
  program
    .command("simulate")
    .description("stand in for the platform with an invented county, for demos and tests")
    .option("--accounts <n>", "accounts of the county", whole, 45)
    .option("--days <n>", "days of history", whole, 35)
    .option("--seed <n>", "another county for each seed", whole, 1)
    .option("--listen <host:port>", "address to serve on; port 0 takes a free one", address, address("127.0.0.1:0"))
    .action(async (local, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { listen, ...county } = local as {
        listen: ReturnType<typeof address>;
        accounts: number;
        days: number;
        seed: number;
      };
      const simulator = await startSimulator({ ...county, ...listen }).catch((error: NodeJS.ErrnoException) => {
        throw new UserError(`cannot listen on ${listen.host}:${listen.port} (${error.code})`);
      });
      print(options, { url: simulator.url }, [
        `simulator     ${simulator.url}`,
        `register      ${simulator.url}/_/register.csv`,
        `truth         ${simulator.url}/_/state`,
      ]);
      await untilStopped();
      await simulator.close();
    });
}
