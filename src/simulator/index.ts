import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createPlatformServer } from "./server.ts";
import { createWorld } from "./world.ts";

export interface SimulatorOptions {
  accounts?: number;
  /** Days of history before the start day. */
  days?: number;
  seed?: number;
  host?: string;
  port?: number;
  now?: () => Date;
  /** The day on which the silent accounts are as silent as they are said to be; today without it. */
  startDay?: string;
}

export interface Simulator {
  url: string;
  port: number;
  /** Ends every connection at once, hanging ones included. */
  close(): Promise<void>;
}

/** Stands in for api.weixin.qq.com; its own steering and truth are under /_/. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const {
    accounts = 45,
    days = 35,
    seed = 1,
    host = "127.0.0.1",
    port = 0,
    now = () => new Date(),
    startDay,
  } = options;
  const server = createPlatformServer(createWorld({ accounts, days, seed, now, startDay }));
  server.listen(port, host);
  await once(server, "listening");
  const closed = once(server, "close").then(() => undefined);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close() {
      if (server.listening) {
        server.close();
        server.closeAllConnections();
      }
      return closed;
    },
  };
}
