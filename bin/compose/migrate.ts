// The one-shot services `migrate` and `demo-migrate` of docker-compose.yml: roles with the passwords of the secrets'
// volume, the database, its schema, and what each role may do. Safe to run again.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { migrateDatabase } from "../../src/cli/migrateDatabase.ts";
import { toError } from "../../src/errors.ts";

const SECRETS = "/run/secrets";
const READER = "govmatrix_reader";
const APP = "govmatrix_app";

const secret = (file: string) => readFileSync(join(SECRETS, file), "utf8").trim();
const id = pg.escapeIdentifier;

async function within<Result>(url: string, run: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  if (rowCount === 0) await client.query(`create role ${id(role)}`);
  await client.query(`alter role ${id(role)} login password ${pg.escapeLiteral(password)}`);
}

async function ensureDatabase(client: pg.Client, name: string, owner: string, users: string[]): Promise<void> {
  const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
  if (rowCount === 0) await client.query(`create database ${id(name)} owner ${id(owner)}`);
  await client.query(`revoke all on database ${id(name)} from public`);
  for (const user of users) await client.query(`grant connect on database ${id(name)} to ${id(user)}`);
}

/** The processes write rows and nothing else; what a later migration makes is granted as it is made. */
async function grantRows(client: pg.Client, owner: string): Promise<void> {
  const rights = { tables: "select, insert, update, delete", sequences: "usage, select, update" };
  for (const [kind, right] of Object.entries(rights)) {
    await client.query(`grant ${right} on all ${kind} in schema public to ${APP}`);
    await client.query(
      `alter default privileges for role ${id(owner)} in schema public grant ${right} on ${kind} to ${APP}`,
    );
  }
}

async function main(demo: boolean): Promise<void> {
  const superuser = secret("superuser-url");
  const databaseUrl = secret("database-url");
  const { username: owner, password, pathname } = new URL(databaseUrl);
  const name = pathname.slice(1);
  await within(superuser, async (client) => {
    // Roles belong to the whole server, and `migrate` and `demo-migrate` may start at once.
    await client.query("select pg_advisory_lock(hashtext('govmatrix roles'))");
    await ensureRole(client, owner, password);
    await ensureRole(client, READER, secret("reader-password"));
    // A board's query that runs away ends by itself.
    await client.query(`alter role ${READER} set statement_timeout = '30s'`);
    await client.query(`alter role ${READER} set default_transaction_read_only = on`);
    if (!demo) await ensureRole(client, APP, secret("app-password"));
    await ensureDatabase(client, name, owner, demo ? [READER] : [READER, APP]);
  });
  if (!demo) await within(databaseUrl, (client) => grantRows(client, owner));
  const migrated = await migrateDatabase(databaseUrl);
  process.stdout.write(`${migrated.length > 0 ? `migrated: ${migrated.join(", ")}` : "the schema is up to date"}\n`);
}

const [argument] = process.argv.slice(2);
try {
  await main(argument === "demo");
} catch (error) {
  process.stderr.write(`migrate: ${toError(error).message}\n`);
  process.exitCode = 1;
}
