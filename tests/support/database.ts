import { randomBytes } from "node:crypto";
import { after, type TestContext } from "node:test";
import { Client } from "pg";

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** An empty database on the shared server, dropped after the test, or after the file when no test is given. */
export function createDatabase(t?: Pick<TestContext, "after">): Promise<TestDatabase> {
  return create("template0", t);
}

/**
 * Databases that are migrated already: the first caller of the whole run migrates a template, all others copy it.
 * The name tells templates of different migrations apart.
 */
export async function templateDatabase(
  migrate: (url: string) => Promise<void>,
  name = "govmatrix_migrated",
): Promise<{ create(t?: Pick<TestContext, "after">): Promise<TestDatabase> }> {
  await asAdmin(async (admin) => {
    await admin.query("select pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await admin.query("select from pg_database where datname = $1", [name]);
    if (rowCount !== 0) return;
    // Renamed only when complete: a migration that fails leaves no template for the other files.
    const draft = `${name}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft} template template0`);
    await migrate(urlOf(draft));
    await admin.query(`alter database ${draft} rename to ${name}`);
  });
  return { create: (t) => create(name, t) };
}

async function create(template: string, t: Pick<TestContext, "after"> | undefined): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString("hex")}`;
  await asAdmin((admin) => admin.query(`create database ${name} template ${template} strategy file_copy`));
  const drop = async (): Promise<void> => {
    await asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  if (t) t.after(drop);
  else after(drop);
  return { url: urlOf(name), drop };
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error("TEST_DATABASE_URL is not set: run the tests with node tests/run.ts");
  return url;
}

async function asAdmin(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
