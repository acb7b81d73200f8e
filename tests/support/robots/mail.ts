import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { SMTPServer } from "smtp-server";

export interface Mail {
  at: number;
  from: string;
  to: string[];
  /** Whether it came over TLS. */
  secure: boolean;
  /** Headers and body as they came. */
  source: string;
}

export interface MailServer {
  port: number;
  /** PEM file for NODE_EXTRA_CA_CERTS. */
  certificateFile: string;
  certificate: string;
  /** Refuses every message with this SMTP code; null takes them. */
  refuse(code: number | null): void;
  accepted(address?: string): Mail[];
}

/** A real SMTP server with a certificate of its own for 127.0.0.1; `implicit`: TLS from the first byte. */
export async function mailServer(
  t: Pick<TestContext, "after">,
  { user = "govmatrix", password = "mail-password", tls = "starttls" as "starttls" | "implicit" | "none" } = {},
): Promise<MailServer> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-mail-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [keyFile, certificateFile] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
      ...["-keyout", keyFile, "-out", certificateFile],
    ],
    { stdio: "ignore" },
  );
  const certificate = readFileSync(certificateFile, "utf8");
  const mails: Mail[] = [];
  let refusal: number | null = null;
  const server = new SMTPServer({
    key: readFileSync(keyFile, "utf8"),
    cert: certificate,
    secure: tls === "implicit",
    disabledCommands: tls === "none" ? ["STARTTLS", "AUTH"] : [],
    authOptional: tls === "none",
    onAuth({ username, password: given }, _session, callback) {
      if (username === user && given === password) callback(null, { user });
      else callback(new Error("Invalid username or password"));
    },
    onData(stream, session, callback) {
      const { mailFrom, rcptTo } = session.envelope;
      readText(stream).then((source) => {
        if (refusal !== null) {
          callback(Object.assign(new Error("refused"), { responseCode: refusal }));
          return;
        }
        const from = mailFrom ? mailFrom.address : "";
        const to = rcptTo.map(({ address }) => address);
        mails.push({ at: Date.now(), from, to, secure: session.secure, source });
        callback();
      }, callback);
    },
  });
  // A client that trusts nobody breaks off the handshake.
  server.on("error", () => {});
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    port: (listening.address() as AddressInfo).port,
    certificateFile,
    certificate,
    refuse: (code) => {
      refusal = code;
    },
    accepted: (address) => mails.filter(({ to }) => address === undefined || to.includes(address)),
  };
}
