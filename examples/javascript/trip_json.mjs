// SPDX-License-Identifier: Apache-2.0
//
// Trips (examples/trip/trip.capnp) as JSON that people can read.

import { decodeUnion } from "./payload.mjs";
import { Phase, TripEvent } from "./schemas/trip.js";

/** The name and the members of an event that Aggregate.follow() yields. */
export function eventOf({ payload }) {
  const [event, members] = decodeUnion(TripEvent, payload);
  return { event, ...members };
}

/** A TripState with the name of its phase. */
export function stateOf(trip) {
  const name = Object.keys(Phase).find((each) => Phase[each] === trip.phase);
  return { ...trip, phase: name?.toLowerCase() ?? trip.phase };
}
