import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { SettingsOf } from "../../../src/alerts/channels/channel.ts";
import { channelOf, sendMessage } from "../../../src/alerts/channels/index.ts";
import { type MailServer, mailServer } from "../../support/robots/mail.ts";
import { context, message } from "./messages.ts";

function settingsFor(server: { port: number }, changes: Partial<SettingsOf<"email">> = {}): SettingsOf<"email"> {
  return {
    ...{ type: "email", host: "127.0.0.1", port: server.port, tls: "starttls" },
    ...{ user: "govmatrix", password: "mail-password", from: "监测 <watch@yunxi.test>", ...changes },
  };
}

const send = (settings: SettingsOf<"email">, changes = {}, address = "duty@yunxi.test") =>
  sendMessage(message(changes), settings, context({ address }));

function trust(t: TestContext, { certificate }: MailServer): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, certificate]);
  t.after(() => setDefaultCACertificates(before));
}

const part = (source: string, name: string) =>
  source.match(new RegExp(`^${name}: (.*(?:\\r?\\n[ \\t].*)*)`, "im"))?.[1];

function bodyOf(source: string): string {
  return Buffer.from(source.slice(source.search(/\r?\n\r?\n/)), "base64").toString();
}

test("mail goes out over STARTTLS as plain text with a stable id", async (t) => {
  const server = await mailServer(t);
  trust(t, server);
  const sent = await send(settingsFor(server), { title: "预警\r\nBcc: evil@yunxi.test" });
  assert.equal(sent.failure, null, sent.answer);
  assert.match(sent.answer, /^250 /);
  const [mail, ...others] = server.accepted("duty@yunxi.test");
  assert.ok(mail);
  assert.deepEqual(others, []);
  assert.deepEqual([mail.from, mail.to, mail.secure], ["watch@yunxi.test", ["duty@yunxi.test"], true]);
  assert.equal(part(mail.source, "Message-ID"), `<${context().id}@yunxi.test>`);
  assert.equal(part(mail.source, "Auto-Submitted"), "auto-generated");
  assert.equal(part(mail.source, "Bcc"), undefined);
  const body = bodyOf(mail.source);
  for (const words of [
    "云溪水务（水务局）已 12 天未更新",
    "https://grafana.test/d/govmatrix-account?var-account=water",
  ]) {
    assert.ok(body.includes(words), body);
  }
  assert.equal(
    Buffer.byteLength(body.replaceAll("\r\n", "\n").trimEnd()),
    channelOf("email").bytes(message({ title: "预警 Bcc: evil@yunxi.test" })),
  );
});

test("a mail server that cannot be trusted gets neither mail nor password", async (t) => {
  const server = await mailServer(t);
  assert.equal((await send(settingsFor(server))).failure, "DEPTH_ZERO_SELF_SIGNED_CERT");
  assert.equal(
    (await send(settingsFor(await mailServer(t, { tls: "implicit" }), { tls: "tls" }))).failure,
    "DEPTH_ZERO_SELF_SIGNED_CERT",
  );
  const open = await mailServer(t, { tls: "none" });
  const refused = await send(settingsFor(open));
  assert.equal(refused.failure, "no_starttls", refused.answer);
  assert.equal((await send(settingsFor(open, { tls: "none", user: null, password: null }))).failure, null);
  assert.deepEqual([server.accepted().length, open.accepted().length], [0, 1]);
});

test("what a mail server refuses is a short word, and its answer tells no password", async (t) => {
  const server = await mailServer(t);
  trust(t, server);
  const wrong = await send(settingsFor(server, { password: "canary-password" }));
  assert.equal(wrong.failure, "smtp_535");
  assert.doesNotMatch(JSON.stringify(wrong), /canary/);
  server.refuse(452);
  assert.equal((await send(settingsFor(server))).failure, "smtp_452");
  server.refuse(null);
  for (const address of ["", "a b@x", "x@y.test, z@y.test", "x@y.test\r\nRCPT TO:<z@y.test>", "<x@y.test>"]) {
    assert.equal((await send(settingsFor(server), {}, address)).failure, "address", address);
  }
  assert.equal((await send(settingsFor({ port: 1 }))).failure, "ECONNREFUSED");
  assert.deepEqual(server.accepted(), []);
});

test("a password is not told in the form in which a server reads it", async (t) => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("220 ready\r\n");
    socket.on("data", (data) => {
      const line = data.toString().trim();
      const login = { EHLO: "250-yunxi.test\r\n250 AUTH LOGIN", AUTH: "334 VXNlcm5hbWU6" }[line.split(" ")[0] ?? ""];
      const asked = Buffer.from(line, "base64").toString() === "govmatrix" ? "334 UGFzc3dvcmQ6" : `535 no: ${line}`;
      socket.write(`${login ?? asked}\r\n`);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const settings = settingsFor({ port: (server.address() as AddressInfo).port }, { tls: "none" });
  const { failure, answer } = await send(settings);
  assert.deepEqual([failure, answer], ["smtp_535", "535 no: [redacted]"]);
});

test("a silent mail server is left when the signal says so", async (t) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const stop = new AbortController();
  const settings = settingsFor({ port: (silent.address() as AddressInfo).port });
  const sending = sendMessage(message(), settings, context({ address: "x@yunxi.test", signal: stop.signal }));
  setTimeout(() => stop.abort(new Error("going down")), 50);
  await assert.rejects(sending, /going down/);
});
