// SPDX-License-Identifier: Apache-2.0
//
// Asks trips of a cluster, and follows their events, from the command line.
//
//   node trip.mjs --help

import { Aggregate } from "./aggregate.mjs";
import { Client, Failed, Rejected } from "./client.mjs";
import { help, parse } from "./command_line.mjs";
import { WrongUsage } from "./option.mjs";
import { Trip } from "./schemas/trip.js";
import { trip_commands } from "./trip_commands.mjs";
import { eventOf, stateOf } from "./trip_json.mjs";

const exit_codes = { rejected: 1, wrong_usage: 2, failed: 4 };

async function main(words) {
  const told = parse(words);
  if (told.help) return console.log(help);
  const client = new Client(told.nodes, told.certificates);
  const trip = new Aggregate(client, Trip, told.trip ?? "");
  try {
    if (told.command === "status") return console.log(await client.status(told));
    if (told.command === "follow") return await follow(trip, told);
    await ask(trip, told);
  } finally {
    client.close();
  }
}

async function ask(trip, { trip: id, command, values, ...how }) {
  const { parameters = (options) => options } = trip_commands[command];
  const { result, ...receipt } = await trip.ask(command, parameters(values), how);
  print({ trip: id, ...receipt, ...(result && { state: stateOf(result) }) });
}

async function follow(trip, { trip: id, values, timeoutMs }) {
  process.once("SIGINT", () => process.exit(0));
  complain(`following ${id} until Ctrl-C; new events are asked for, five times a second`);
  for await (const event of trip.follow({ from: BigInt(values.from), timeoutMs })) {
    const { sequence, position, timeMicros } = event;
    const time = new Date(Number(timeMicros / 1000n));
    print({ trip: id, sequence, position, time, ...eventOf(event) });
  }
}

function print(line) {
  console.log(JSON.stringify(line, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
}

function complain(what) {
  console.error(`trip.mjs: ${what}`);
}

function exitCodeOf(error) {
  if (error instanceof WrongUsage) {
    complain(`${error.message}; see --help`);
    return exit_codes.wrong_usage;
  }
  if (error instanceof Rejected) {
    complain(error.message);
    return exit_codes.rejected;
  }
  // What is not expected is shown with where it came from.
  if (!(error instanceof Failed)) throw error;
  complain(error.message);
  if (error.unknown) complain(`to find out, repeat it with --command-id ${error.commandId.toString("hex")}`);
  return exit_codes.failed;
}

// Whoever reads has heard enough.
process.stdout.on("error", () => process.exit(0));

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
