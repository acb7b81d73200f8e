export interface LedgerRow {
  appid: string;
  api: string;
  calls: number;
  /** By errcode, or by the fault that was injected. */
  errors: Record<string, number>;
}

export interface Ledger {
  count(appid: string | null, api: string, error: string | null): void;
  rows(): LedgerRow[];
  reset(): void;
}

/** What was asked of the platform; calls that belong to no account stand under `unknown`. */
export function createLedger(): Ledger {
  const rows = new Map<string, LedgerRow>();
  return {
    count(appid, api, error) {
      const owner = appid ?? "unknown";
      const key = `${owner} ${api}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = { appid: owner, api, calls: 0, errors: {} };
        rows.set(key, row);
      }
      row.calls++;
      if (error !== null) row.errors[error] = (row.errors[error] ?? 0) + 1;
    },
    rows: () => [...rows.values()],
    reset: () => rows.clear(),
  };
}
