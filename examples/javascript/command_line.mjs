// SPDX-License-Identifier: Apache-2.0
//
// What trip.mjs is told on its command line.

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { parseArgs } from "node:util";
import { WrongUsage, text, valuesOf, wholeNumber } from "./option.mjs";
import { trip_commands } from "./trip_commands.mjs";

export const help = `Ask a taxi trip of a Reprise cluster, or follow its events.

Usage: node trip.mjs --nodes NODES (--ca FILE --cert FILE --key FILE | --insecure) COMMAND

Commands:
  request TRIP --rider NAME [--pickup ZONE] [--dropoff ZONE] [--passengers N]
  assign TRIP --driver NAME
  arrive TRIP
  start TRIP
  complete TRIP --fare CENTS [--tip CENTS] [--tolls CENTS] [--miles N]
  pay TRIP --method NAME
  cancel TRIP --reason TEXT
  get TRIP                 what the trip is now
  follow TRIP [--from N]   its events from the Nth on, and then new ones until Ctrl-C. A node does
                           not tell of new events, so it is asked for them, five times a second
  status                   what the first node that answers knows of the cluster

Options:
  --nodes NODES            where nodes serve clients: NAME=HOST:PORT or HOST:PORT, separated by commas
  --ca FILE                certificate of the authority, PEM
  --cert FILE              own certificate, PEM
  --key FILE               own key, PEM
  --insecure               no certificates; nodes on this machine only
  --timeout MS             how long an answer may take, whichever node gives it (10000)
  --command-id HEX         16 bytes. A command that was sent under this id before is not done again
  --help                   this text

Each answer and each event is one line of JSON.
Exit codes: 0 done, 1 rejected, 2 wrong usage, 4 no node reached, failed, or not known.`;

const commands = {
  ...trip_commands,
  follow: { options: { from: wholeNumber({ from: 1, to: Number.MAX_SAFE_INTEGER, otherwise: 1 }) } },
  status: { isOfCluster: true },
};
const general_options = {
  nodes: text(),
  ca: text(""),
  cert: text(""),
  key: text(""),
  timeout: wholeNumber({ from: 1, to: 600_000, otherwise: 10_000 }),
  "command-id": text(""),
};
const general_flags = ["insecure", "help"];

/**
 * Returns {help: true}, or {nodes, certificates, command, trip, values, timeoutMs, commandId}.
 * Throws WrongUsage.
 */
export function parse(words) {
  const { positionals, given } = split(words);
  if (given.help) return { help: true };
  const [name, trip, ...others] = positionals;
  if (!name) throw new WrongUsage("a command is needed");
  if (!Object.hasOwn(commands, name)) throw new WrongUsage(`there is no command ${name}`);
  const { options = {}, isOfCluster = false } = commands[name];
  if (!isOfCluster && !trip) throw new WrongUsage(`${name} needs the name of a trip`);
  const tooMany = isOfCluster ? trip : others[0];
  if (tooMany) throw new WrongUsage(`${name} has no use for ${tooMany}`);
  const foreign = Object.keys(given).find(
    (each) => !(each in options) && !(each in general_options) && !general_flags.includes(each),
  );
  if (foreign) throw new WrongUsage(`${name} has no option --${foreign}`);

  const general = valuesOf(general_options, given);
  const nodes = general.nodes.split(",").map(nodeOf);
  return {
    command: name,
    trip,
    values: valuesOf(options, given),
    nodes,
    certificates: certificatesOf(general, given.insecure, nodes),
    timeoutMs: general.timeout,
    commandId: commandIdOf(general["command-id"]),
  };
}

function split(words) {
  const names = Object.values(commands).flatMap(({ options = {} }) => Object.keys(options));
  const all = Object.fromEntries([
    ...[...Object.keys(general_options), ...names].map((name) => [name, { type: "string" }]),
    ...general_flags.map((name) => [name, { type: "boolean" }]),
  ]);
  try {
    const { positionals, values } = parseArgs({ args: words, options: all, allowPositionals: true });
    return { positionals, given: { ...values } };
  } catch (error) {
    // Advice follows in further lines.
    throw new WrongUsage(error.message.split("\n")[0]);
  }
}

function nodeOf(address) {
  const [, name, ipv6, host = ipv6, port] = /^(?:([^=]+)=)?(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address) ?? [];
  if (!host || Number(port) < 1 || Number(port) > 65535) {
    throw new WrongUsage(`--nodes is a list of NAME=HOST:PORT or HOST:PORT, which "${address}" is not`);
  }
  return { name, host, port: Number(port) };
}

function certificatesOf({ ca, cert, key }, insecure, nodes) {
  if (insecure ? ca || cert || key : !ca || !cert || !key) {
    throw new WrongUsage("either --ca, --cert and --key are needed, or --insecure");
  }
  if (insecure) {
    const stranger = nodes.find(({ host }) => !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host));
    if (!stranger) return undefined;
    throw new WrongUsage(`--insecure is for nodes on this machine, and ${stranger.host} is not`);
  }
  const certificates = { ca: contentOf(ca), cert: contentOf(cert), key: contentOf(key) };
  try {
    createSecureContext(certificates);
  } catch (error) {
    throw new WrongUsage(`these certificates cannot be used: ${error.message}`);
  }
  return certificates;
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new WrongUsage(`${file} cannot be read: ${error.message}`);
  }
}

function commandIdOf(hex) {
  if (hex === "") return undefined;
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new WrongUsage("--command-id is 32 hexadecimal digits");
  return Buffer.from(hex, "hex");
}
