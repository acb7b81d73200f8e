import { Redis } from "ioredis";
import { Client } from "pg";

/** Every row of every table of ours and of the queue's, as text. */
export async function databaseText(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE' order by 1`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ text: string }>(`select row_to_json(t)::text as text from ${name} t`);
      texts.push(name, ...rows.map((row) => row.text));
    }
    return texts.join("\n");
  } finally {
    await client.end();
  }
}

/** Every key of the server with its value, whatever its type, as text. */
export async function redisText(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const texts: string[] = [];
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "COUNT", 1000);
      cursor = next;
      for (const key of keys) texts.push(key, JSON.stringify(await valueAt(redis, key)));
    } while (cursor !== "0");
    return texts.join("\n");
  } finally {
    redis.disconnect();
  }
}

async function valueAt(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case "string":
      return await redis.get(key);
    case "hash":
      return await redis.hgetall(key);
    case "list":
      return await redis.lrange(key, 0, -1);
    case "set":
      return await redis.smembers(key);
    case "zset":
      return await redis.zrange(key, "0", "-1", "WITHSCORES");
    case "stream":
      return await redis.xrange(key, "-", "+");
    default:
      // Gone since the scan.
      return null;
  }
}
