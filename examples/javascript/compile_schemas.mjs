// SPDX-License-Identifier: Apache-2.0
//
// Compiles the schemas that this example speaks into the folder schemas/ beside this file.
//
//   node compile_schemas.mjs [TREE]
//
// TREE is where Reprise's sources are, by default two folders up. Needs `capnp` (Debian: capnproto).

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compileAll } from "capnp-es/compiler";

const here = fileURLToPath(new URL(".", import.meta.url));
const tree = resolve(process.argv[2] ?? join(here, "../.."));
const sources = ["cluster/rpc/client.capnp", "cluster/node_query.capnp", "examples/trip/trip.capnp"];
const request_bytes_max = 16 << 20;

function parse() {
  const files = sources.map((source) => join(tree, source));
  try {
    return execFileSync("capnp", ["compile", "-o-", `-I${join(tree, "include")}`, ...files], {
      maxBuffer: request_bytes_max,
    });
  } catch (error) {
    const why = error.code === "ENOENT" ? "there is no program capnp here" : "capnp refuses the schemas";
    console.error(`compile_schemas.mjs: ${why}`);
    process.exit(1);
  }
}

// Without type checks: they would want the annotations of /reprise/schema.capnp as a module as well.
const { files } = await compileAll(parse(), { js: true, tsconfig: { noCheck: true } });

const folder = join(here, "schemas");
mkdirSync(folder, { recursive: true });
for (const [name, text] of files) writeFileSync(join(folder, basename(name)), text);
console.log(`${files.size} schemas compiled into ${folder}`);
