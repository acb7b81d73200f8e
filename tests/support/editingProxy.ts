import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

interface Exchange {
  api: string;
  request: Record<string, unknown>;
  answer: { list?: { ref_date: string }[]; is_delay?: boolean };
}

/** Stands between client and platform and lets a test change what the platform says; text is kept, so ids keep their digits. */
export async function editingProxy(
  t: Pick<TestContext, "after">,
  target: () => string,
  edit: (exchange: Exchange) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const init = request.method === "POST" ? { method: "POST", body } : {};
    const answer = await fetch(target() + request.url, init);
    const text = (await answer.text()).replace(/^\ufeff/, "");
    const api = new URL(request.url ?? "", "http://x").pathname.split("/").at(-1) ?? "";
    let reply = text;
    try {
      const quoted = JSON.parse(text.replace(/(?<=[[:,])\s*(\d{16,})\s*(?=[,\]}])/g, '"$1"'));
      const exchange = { api, request: JSON.parse(body.toString() || "{}"), answer: quoted };
      const before = JSON.stringify(quoted);
      edit(exchange);
      if (JSON.stringify(exchange.answer) !== before) reply = JSON.stringify(exchange.answer);
    } catch {
      // Not JSON: passed on as it is.
    }
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
    response.end(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
