// SPDX-License-Identifier: Apache-2.0
//
// A client of a cluster, which sends commands through whichever node answers.
//
// A command that may have been lost is sent again, to another node, under the same command id, until
// its deadline; it is carried out once. What the caller gets is what is known by then.

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "./connection.mjs";
import { fill, toObject } from "./payload.mjs";
import { Outcome } from "./schemas/client.js";

const timeout_ms_usual = 10_000;
// What one node is given before another one is asked as well.
const attempt_ms_max = 2000;
// After all nodes were asked in vain.
const pause_ms_min = 50;
const pause_ms_max = 1000;

/** The domain said no, and nothing was written. */
export class Rejected extends Error {
  constructor({ code, why }) {
    super(`${code}: ${why}`);
    this.code = code;
  }
}

/** The command was not handled or, where `unknown` says so, may have been. */
export class Failed extends Error {
  constructor({ name, message, unknown = false }, commandId) {
    super(`${name}: ${message}`);
    this.code = name;
    this.unknown = unknown;
    /** Who repeats the command with it learns what became of it. */
    this.commandId = commandId;
  }
}

export class Client {
  #nodes;
  #certificates;
  #connections = new Map();
  // Who answered last is asked first.
  #preferred = 0;

  /**
   * `nodes` are {name, host, port}; one without a name may be any node of the cluster.
   * `certificates` are {ca, cert, key} as PEM, or undefined where nodes have none.
   */
  constructor(nodes, certificates) {
    this.#nodes = nodes;
    this.#certificates = certificates;
  }

  /**
   * Sends `command`, {type, tenant, id, command, payload} of client.capnp, until it is answered.
   * Returns the Reply: {payload, partition, position, sequence}. Throws Rejected or Failed.
   */
  async ask(command, { commandId = randomBytes(16), timeoutMs = timeout_ms_usual } = {}) {
    const deadline = performance.now() + timeoutMs;
    const untrusted = new Set();
    const reasons = new Map();
    let unknown = false;
    for (let tried = 0; untrusted.size < this.#nodes.length; ++tried) {
      const isRound = tried > 0 && tried % this.#nodes.length === 0;
      const waitMs = isRound ? pauseMs(tried / this.#nodes.length) : 0;
      if (performance.now() + waitMs >= deadline) break;
      if (isRound) await pause(waitMs);
      const node = (this.#preferred + tried) % this.#nodes.length;
      const { reply, rejection, failure } = await this.#attempt(node, { ...command, commandId }, deadline);
      if (reply) {
        this.#preferred = node;
        return reply;
      }
      if (rejection) throw new Rejected(rejection);
      // Another node may do better, and whoever is told the same command id tells what it became.
      if (!failure.retryable && !failure.unknown) throw new Failed(failure, commandId);
      // A later "nothing was done" is true of its own attempt only.
      unknown ||= failure.unknown;
      if (!failure.isLate || !reasons.has(node)) reasons.set(node, failure.message);
      if (failure.untrusted) untrusted.add(node);
    }
    const why = [...reasons].map(([node, reason]) => `${this.#nameOf(node)}: ${reason}`).join("; ");
    const failure = unknown
      ? { name: "timed_out", message: `the command may have been carried out; ${why}`, unknown }
      : { name: "unavailable", message: `no node could handle the command; ${why}` };
    throw new Failed(failure, commandId);
  }

  /** What the first node that answers knows of the cluster, as JSON text. */
  async status({ timeoutMs = timeout_ms_usual } = {}) {
    const deadline = performance.now() + timeoutMs;
    const reasons = [];
    for (const node of this.#nodes.keys()) {
      const leftMs = Math.max(1, deadline - performance.now());
      try {
        const told = this.#reach(node).then((connection) => connection.status());
        return await within(Math.min(leftMs, attempt_ms_max), told);
      } catch (error) {
        reasons.push(`${this.#nameOf(node)}: ${error.message}`);
      }
    }
    throw new Failed({ name: "unavailable", message: reasons.join("; ") });
  }

  /** Ends all connections; until then the program does not end by itself. */
  close() {
    for (const reached of this.#connections.values()) {
      reached.then((connection) => connection.close(), () => {});
    }
  }

  // An Outcome as an object; what kept it from coming is a failure, too.
  async #attempt(node, command, deadline) {
    let connection;
    try {
      connection = await within(deadline - performance.now(), this.#reach(node));
    } catch (error) {
      const { message, untrusted } = error;
      return { failure: { message, untrusted, isLate: error instanceof Late, retryable: true, unknown: false } };
    }
    try {
      const attemptMs = Math.min(deadline - performance.now(), attempt_ms_max);
      // What the node knows at the end of its time is to come before this attempt is given up.
      const timeoutMs = Math.max(1, Math.floor(attemptMs * 0.8));
      const asked = connection.ask((to) => fill(to, { ...command, timeoutMs }));
      return read(await within(attemptMs, asked));
    } catch (error) {
      const { message } = error;
      return { failure: { message, isLate: error instanceof Late, retryable: true, unknown: true } };
    }
  }

  #nameOf(node) {
    const { name, host, port } = this.#nodes[node];
    return `${name ? `${name} at ` : ""}${host}:${port}`;
  }

  // Throws NotReached. A connection that breaks is forgotten before anybody hears of it.
  #reach(node) {
    const there = this.#connections.get(node);
    if (there) return there;
    const forget = () => {
      // Another one may be there already.
      if (this.#connections.get(node) === reached) this.#connections.delete(node);
    };
    const reached = Connection.open(this.#nodes[node], this.#certificates, forget);
    reached.catch(forget);
    this.#connections.set(node, reached);
    return reached;
  }
}

function read(outcome) {
  switch (outcome.which()) {
    case Outcome.REPLY:
      return { reply: toObject(outcome.reply) };
    case Outcome.REJECTION:
      return { rejection: toObject(outcome.rejection) };
    case Outcome.FAILURE:
      return { failure: toObject(outcome.failure) };
    default:
      return { failure: { name: "incompatible", message: "an outcome that this program does not know" } };
  }
}

// Twice as long each time, and half of it by chance, so that clients do not come together.
function pauseMs(round) {
  const most = Math.min(pause_ms_min * 2 ** (round - 1), pause_ms_max);
  return most * (0.5 + Math.random() / 2);
}

// Says less than what went wrong before it.
class Late extends Error {
  constructor(ms) {
    super(`no answer within ${ms} ms`);
  }
}

async function within(ms, promise) {
  const msLeft = Math.max(0, Math.ceil(ms));
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Late(msLeft)), msLeft);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
