/** One file of one consumer that holds a secret, as it is or as part of a URL. */
export interface Holder {
  consumer: string;
  file: string;
  write(value: string): string;
  read(text: string): string;
}

interface Secret {
  make(random: Buffer): string;
  holders: readonly Holder[];
}

const hex = (random: Buffer) => random.toString("hex");
const base64 = (random: Buffer) => random.toString("base64");

const plain = (consumer: string, file: string): Holder => ({
  consumer,
  file,
  write: (value) => `${value}\n`,
  read: (text) => text,
});

function inUrl(consumer: string, file: string, before: string, after: string): Holder {
  return {
    consumer,
    file,
    write: (value) => `${before}:${value}@${after}\n`,
    read: (text) => (URL.canParse(text) ? new URL(text).password : ""),
  };
}

const database = (consumer: string, role: string, name = "govmatrix", file = "database-url") =>
  inUrl(consumer, file, `postgres://${role}`, `postgres:5432/${name}`);
const queue = (consumer: string) => inUrl(consumer, "redis-url", "redis://default", "redis:6379");

/** Neither configuration nor stored data can be lost through a command that no process of ours sends. */
const ACL_BEFORE = "user default on >";
const ACL_AFTER = " ~* &* +@all -@admin -keys -flushall -flushdb";
const redisUsers: Holder = {
  consumer: "redis",
  file: "users.acl",
  write: (value) => `${ACL_BEFORE}${value}${ACL_AFTER}\n`,
  read: (text) => text.slice(ACL_BEFORE.length).split(" ", 1)[0] ?? "",
};

const PROCESSES = ["planner", "collector", "notifier", "exporter"];

/** Every secret of the stack, and who gets it. */
export const SECRETS: Record<string, Secret> = {
  "master-key": { make: base64, holders: [...PROCESSES, "cli"].map((consumer) => plain(consumer, "master-key")) },
  "postgres-password": {
    make: hex,
    holders: [
      plain("postgres", "password"),
      database("migrate", "postgres", "postgres", "superuser-url"),
      database("demo-migrate", "postgres", "postgres", "superuser-url"),
    ],
  },
  "owner-password": { make: hex, holders: [database("migrate", "govmatrix"), database("cli", "govmatrix")] },
  "app-password": {
    make: hex,
    holders: [plain("migrate", "app-password"), ...PROCESSES.map((consumer) => database(consumer, "govmatrix_app"))],
  },
  "reader-password": {
    make: hex,
    holders: [
      plain("migrate", "reader-password"),
      plain("demo-migrate", "reader-password"),
      plain("grafana", "reader-password"),
      plain("demo-grafana", "reader-password"),
    ],
  },
  "redis-password": {
    make: hex,
    holders: [redisUsers, plain("redis", "password"), ...[...PROCESSES, "cli"].map(queue)],
  },
  "alert-webhook-token": {
    make: hex,
    holders: ["exporter", "notifier", "alertmanager"].map((consumer) => plain(consumer, "alert-webhook-token")),
  },
  "grafana-password": { make: hex, holders: [plain("grafana", "password"), plain("demo-grafana", "password")] },
  "grafana-secret-key": { make: hex, holders: [plain("grafana", "secret-key")] },
  "demo-password": {
    make: hex,
    holders: [
      database("demo-migrate", "govmatrix_demo", "govmatrix_demo"),
      database("demo", "govmatrix_demo", "govmatrix_demo"),
    ],
  },
  "demo-alert-webhook-token": {
    make: hex,
    holders: ["demo", "demo-alertmanager"].map((consumer) => plain(consumer, "alert-webhook-token")),
  },
  "demo-grafana-secret-key": { make: hex, holders: [plain("demo-grafana", "secret-key")] },
};
