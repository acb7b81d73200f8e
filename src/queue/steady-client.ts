import { Client } from "pg";

/**
 * A connection that breaks between two queries of a transaction tells it by an event, and BullMQ listens on idle ones
 * only: unheard, the event would end the process. The next query fails by itself.
 */
export class SteadyClient extends Client {
  constructor(config?: ConstructorParameters<typeof Client>[0]) {
    super(config);
    this.on("error", () => {});
  }
}
