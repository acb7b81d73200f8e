#!/usr/bin/env node
// The command `govmatrix`. Plain JavaScript: it must start on Node 20, and goes on under Node 24, which npm installs.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies } from "./setup.mjs";

const NEEDED = 24;
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];
const self = fileURLToPath(import.meta.url);
const root = dirname(dirname(self));

installDependencies();
if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  await import("../src/cli/main.ts");
} else {
  const node = join(root, "node_modules/.bin/node");
  if (existsSync(node)) goOnUnder(node);
  else {
    const sentence = `govmatrix needs Node ${NEEDED} or newer, this is ${process.version}: install it and start again`;
    process.stderr.write(`${sentence}\n`);
    process.exitCode = 1;
  }
}

function goOnUnder(node) {
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: "inherit" });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the child as well, and twice would mean "at once" to it.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  child.once("error", (error) => {
    process.stderr.write(`${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    for (const name of FORWARDED) process.off(name, forward);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}
