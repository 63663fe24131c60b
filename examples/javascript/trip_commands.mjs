// SPDX-License-Identifier: Apache-2.0
//
// The commands of a trip (examples/trip/trip.capnp): options of the command line, and how they become
// parameters. Where nothing is said of parameters they are the options.

import { decimal, text, wholeNumber } from "./option.mjs";

const cents = (otherwise) => wholeNumber({ to: 1_000_000_000, otherwise });

export const trip_commands = {
  request: {
    options: {
      rider: text(),
      pickup: text(""),
      dropoff: text(""),
      passengers: wholeNumber({ to: 65535, otherwise: 1 }),
    },
    parameters: ({ rider, pickup, dropoff, passengers }) => ({
      rider,
      pickup: { zone: pickup },
      dropoff: { zone: dropoff },
      passengers,
    }),
  },
  assign: { options: { driver: text() } },
  arrive: {},
  start: {},
  complete: {
    options: { fare: cents(), tip: cents(0), tolls: cents(0), miles: decimal(0) },
    parameters: ({ fare, tip, tolls, miles }) => ({
      fareCents: fare,
      tipCents: tip,
      tollsCents: tolls,
      totalCents: fare + tip + tolls,
      distanceMiles: miles,
    }),
  },
  pay: { options: { method: text() } },
  cancel: { options: { reason: text() } },
  get: {},
};
