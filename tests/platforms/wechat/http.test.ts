import assert from "node:assert/strict";
import { createServer, request as forward } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createPost, type HttpRequest } from "../../../src/platforms/wechat/http.ts";
import { type Answer, DAY, errorBody, failureOf, listen, openSession, platformServer, serve } from "./support.ts";

const LIST = '{"list":[]}';

const breakOff = (headers: Record<string, string | number>): Answer => {
  return (_request, response) => {
    response.writeHead(200, headers).write('{"list"', () => response.destroy());
  };
};

function someRequest(url: string, changes: Partial<HttpRequest> = {}): HttpRequest {
  const signal = new AbortController().signal;
  return { api: "x", url: new URL(url), json: {}, timeoutMs: 5_000, signal, now: new Date(), ...changes };
}

test("faults that pass are asked again at most twice, and each attempt is told", async (t) => {
  const faults: [string, Answer][] = [
    ["http_502", (_request, response) => response.writeHead(502).end("<html>bad gateway</html>")],
    ["not_json_html", "<!doctype html><title>login</title>"],
    ["not_json", '{"list":[{"ref_date":"2026'],
    ["truncated", breakOff({ "content-length": 99 })],
    ["truncated", breakOff({ "transfer-encoding": "chunked" })],
    ["network", (request) => request.socket.destroy()],
    ["-1", errorBody(-1)],
  ];
  await Promise.all(
    faults.map(async ([code, fault]) => {
      const { url, count } = await platformServer(t, { getbizsummary: [fault] });
      const classes: (string | null)[] = [];
      const observe = ({ api, errorClass }: { api: string; errorClass: string | null }) =>
        api === "getbizsummary" && classes.push(errorClass);
      const startedAt = performance.now();
      const error = await failureOf(openSession({ url, observe }).statistics.summary(DAY, DAY));
      assert.equal(error.code, code);
      assert.deepEqual([error.retry, error.scope], ["soon", "request"]);
      assert.equal(count("getbizsummary"), 3, code);
      assert.deepEqual(classes, [code, code, code]);
      assert.ok(performance.now() - startedAt >= 1_900, "there was a pause between the attempts");
    }),
  );
});

test("a fault that passed leaves no trace in the answer", async (t) => {
  const { url } = await platformServer(t, { getbizsummary: [errorBody(-1), LIST] });
  assert.deepEqual(await openSession({ url }).statistics.summary(DAY, DAY), { rows: [], delayed: false });
});

test("a server that is not there is a network fault with the system's reason", async () => {
  const error = await failureOf(createPost({})(someRequest("http://127.0.0.1:1/")));
  assert.equal(error.code, "network");
  assert.match(error.message, /ECONNREFUSED/);
});

test("faults that stay are not asked again", async (t) => {
  const faults: [string, Answer][] = [
    ["http_404", (_request, response) => response.writeHead(404).end("not found")],
    ["http_403", (_request, response) => response.writeHead(403).end("{}")],
    ["48001", errorBody(48001)],
    ["45011", errorBody(45011)],
    ["unexpected_shape", "[]"],
    ["too_large", (_request, response) => response.end(Buffer.alloc(21 * 1024 * 1024, " "))],
  ];
  for (const [code, fault] of faults) {
    const { url, count } = await platformServer(t, { getbizsummary: [fault] });
    assert.equal((await failureOf(openSession({ url }).statistics.summary(DAY, DAY))).code, code);
    assert.equal(count("getbizsummary"), 1, code);
  }
});

test("the deadline ends a server that hangs, and one that drips for ever", async (t) => {
  const post = createPost({});
  const hanging = await serve(t, () => {});
  const dripping = await serve(t, (_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  });
  for (const url of [hanging, dripping]) {
    const startedAt = performance.now();
    const error = await failureOf(post(someRequest(url, { timeoutMs: 300 })));
    assert.equal(error.code, "timeout");
    const ms = performance.now() - startedAt;
    assert.ok(ms >= 290 && ms < 1_500, `${ms} ms`);
  }
});

test("an abort ends a request at once with the caller's own reason", async (t) => {
  const url = await serve(t, (_request, response) => response.writeHead(200).write("{"));
  const reason = new Error("lease lost");
  for (const afterMs of [0, 100]) {
    const controller = new AbortController();
    const startedAt = performance.now();
    setTimeout(() => controller.abort(reason), afterMs);
    await assert.rejects(createPost({})(someRequest(url, { signal: controller.signal })), (error) => error === reason);
    assert.ok(performance.now() - startedAt < afterMs + 500);
  }
});

test("an abort also ends the pause before another attempt", async (t) => {
  const { url, count } = await platformServer(t, { getbizsummary: [errorBody(-1)] });
  const controller = new AbortController();
  const reason = new Error("stopping");
  const abortedAt = Promise.withResolvers<number>();
  setTimeout(() => {
    abortedAt.resolve(performance.now());
    controller.abort(reason);
  }, 150);
  const { statistics } = openSession({ url, ports: { signal: controller.signal } });
  await assert.rejects(statistics.summary(DAY, DAY), (error) => error === reason);
  assert.ok(performance.now() - (await abortedAt.promise) < 200);
  assert.equal(count("getbizsummary"), 1);
});

test("the size limit holds for what a compressed body unpacks to, without holding it all", async (t) => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, " "));
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  });
  const before = process.memoryUsage.rss();
  assert.equal((await failureOf(createPost({})(someRequest(url)))).code, "too_large");
  const grownMb = (process.memoryUsage.rss() - before) / 1024 ** 2;
  assert.ok(grownMb < 120, `${grownMb} MB`);
});

test("the content type, a byte order mark and raw control characters do not matter", async (t) => {
  const odd = (type: string, body: string): Answer => {
    return (_request, response) => response.writeHead(200, { "content-type": type }).end(body);
  };
  const { url } = await platformServer(t, {
    getarticletotaldetail: [
      odd("text/plain", LIST),
      odd("application/json; encoding=utf-8", `\ufeff${LIST}`),
      odd("text/html", LIST),
      `{"list":[{"ref_date":"${DAY}","msgid":"1_1","title":"停水\u0003通\n知"}]}`,
    ],
  });
  const { statistics } = openSession({ url });
  for (let turn = 0; turn < 3; turn += 1) assert.deepEqual((await statistics.articles(DAY)).rows, []);
  assert.equal((await statistics.articles(DAY)).rows[0]?.title, "停水 通 知");
});

test("a redirect is not followed, for the token would go with it", async (t) => {
  const other = await platformServer(t, {});
  const { url } = await platformServer(t, {
    getbizsummary: [(_request, response) => response.writeHead(307, { location: `${other.url}/x` }).end()],
  });
  assert.equal((await failureOf(openSession({ url }).statistics.summary(DAY, DAY))).code, "http_307");
  assert.equal(other.asked.length, 0);
});

test("one connection serves many requests", async (t) => {
  const ports = new Set<number | undefined>();
  const note: Answer = (request, response) => {
    ports.add(request.socket.remotePort);
    response.end(LIST);
  };
  const { url } = await platformServer(t, { getbizsummary: [note] });
  const { statistics } = openSession({ url });
  for (let turn = 0; turn < 5; turn += 1) await statistics.summary(DAY, DAY);
  assert.equal(ports.size, 1);
});

test("an http address is asked through HTTP_PROXY unless NO_PROXY names it", async (t) => {
  const seen: string[] = [];
  const proxy = await serve(t, (request, response) => {
    seen.push(request.url ?? "");
    const onward = forward(request.url ?? "", { method: request.method, headers: request.headers }, (reply) =>
      reply.pipe(response),
    );
    request.pipe(onward);
  });
  const { url } = await platformServer(t, {});
  const { statistics } = openSession({ url, proxyEnv: { HTTP_PROXY: proxy } });
  await statistics.summary(DAY, DAY);
  assert.deepEqual(
    seen.map((address) => address.split("?")[0]),
    [`${url}/cgi-bin/stable_token`, `${url}/datacube/getbizsummary`],
  );

  const direct = openSession({ url, proxyEnv: { HTTP_PROXY: proxy, NO_PROXY: "127.0.0.1" } });
  await direct.statistics.summary(DAY, DAY);
  assert.equal(seen.length, 2);
});

test("an https address is reached through a tunnel of HTTPS_PROXY, which never sees the request", async (t) => {
  const lines: string[] = [];
  const first = Promise.withResolvers<Buffer>();
  const target = await listen(
    t,
    createServer().on("connection", (socket) => {
      socket.once("data", (bytes: Buffer) => {
        first.resolve(bytes);
        socket.destroy();
      });
    }),
  );
  const proxyServer = createServer().on("connect", (request, socket) => {
    lines.push(`${request.method} ${request.url}`);
    const { port } = new URL(target);
    const onward = connect(Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on("error", () => {});
  });
  const proxy = await listen(t, proxyServer);
  const post = createPost({ HTTPS_PROXY: proxy, NO_PROXY: "intern.example" });
  const error = await failureOf(post(someRequest("https://api.weixin.test/cgi-bin/stable_token?access_token=canary")));
  assert.equal(error.code, "network");
  assert.deepEqual(lines, ["CONNECT api.weixin.test:443"]);
  // A TLS record that holds a handshake.
  assert.equal((await first.promise)[0], 0x16);
});

test("a proxy that refuses is a network fault that does not name its password", async (t) => {
  const proxyServer = createServer().on("connect", (_request, socket) => {
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  });
  const proxy = (await listen(t, proxyServer)).replace("//", "//clerk:canary@");
  const error = await failureOf(createPost({ HTTPS_PROXY: proxy })(someRequest("https://api.weixin.test/")));
  assert.equal(error.code, "network");
  assert.ok(!error.message.includes("canary"));
});
