/** Times and limits of the notifier. Chat robots take 20 messages a minute; people take far fewer. */
export interface Pace {
  roundMs: number;
  /** Nothing is sent before the oldest that waits is this old: what comes together goes together. */
  gatherMs: number;
  /** Between two deliveries to a target that works. */
  quietMs: number;
  /** In any `windowMs` a target is tried at most `perWindow` times. */
  windowMs: number;
  perWindow: number;
  /** What the data did not bear out is looked at again. */
  recheckMs: number;
  backoffMs: number;
  backoffCeilingMs: number;
  /** After so many failures in a row what waits for a target is sent by the recipient's next hop. */
  failuresToMoveOn: number;
  /** Longer than any send, so that no other notifier sends the same meanwhile. */
  leaseMs: number;
  sendTimeoutMs: number;
  /** For how long a result is tried to be written while Postgres is away. */
  persistMs: number;
  /** Targets that are delivered to at a time. */
  concurrency: number;
  /** Alertmanager repeats its Watchdog every 5 minutes. */
  watchdogSilenceMs: number;
  /**
   * What no data speak about is over when nothing was told of it for so long by a Prometheus that is there: longer than
   * one that was started anew takes to say what still fires.
   */
  calmMs: number;
  heartbeatMs: number;
}

export const PACE: Pace = {
  roundMs: 5_000,
  gatherMs: 5_000,
  quietMs: 60_000,
  windowMs: 5 * 60_000,
  perWindow: 3,
  recheckMs: 5 * 60_000,
  backoffMs: 15_000,
  backoffCeilingMs: 15 * 60_000,
  failuresToMoveOn: 3,
  leaseMs: 30_000,
  sendTimeoutMs: 15_000,
  persistMs: 10_000,
  concurrency: 8,
  watchdogSilenceMs: 15 * 60_000,
  calmMs: 12 * 60_000,
  heartbeatMs: 60_000,
};
