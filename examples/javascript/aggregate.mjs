// SPDX-License-Identifier: Apache-2.0
//
// One aggregate as a client sees it: commands by the names that its schema gives them, and its events.

import { setTimeout as pause } from "node:timers/promises";
import { decodeFramed, decodeResult, encode, encodeFramed } from "./payload.mjs";
import { HistoryPage, HistoryQuery } from "./schemas/node_query.js";

// A node takes questions about itself as an aggregate takes commands (cluster/node_query.capnp).
const node_itself = { type: 0n, tenant: Buffer.alloc(0), id: Buffer.from("history") };
const history_command = 1;

export class Aggregate {
  #client;
  #interface;
  #key;

  /** `Interface` is what the aggregate's schema was compiled to; `id` and `tenant` are text or bytes. */
  constructor(client, Interface, id, tenant = "") {
    this.#client = client;
    this.#interface = Interface.Client;
    this.#key = { type: this.#interface.interfaceId, tenant: Buffer.from(tenant), id: Buffer.from(id) };
  }

  /**
   * Asks the command that the schema calls `name`. `options` are those of Client.ask(), and so is
   * what is thrown. Returns {result, partition, position, sequence}; `position` and `sequence` are of
   * the last event that the command decided, or of the aggregate's last one.
   */
  async ask(name, parameters, options) {
    const method = this.#interface.methods.find(({ methodName }) => methodName === name);
    if (!method) throw new TypeError(`there is no command ${name}`);
    const payload = encode(method.ParamsClass, parameters);
    const reply = await this.#client.ask({ ...this.#key, command: method.methodId, payload }, options);
    const { payload: result, ...receipt } = reply;
    return { result: decodeResult(method.ResultsClass, result), ...receipt };
  }

  /**
   * Yields the events from the sequence `from` on, each an Event of node_query.capnp, in order and each
   * once: first those that there are, then new ones. Never ends. A node does not tell of new events,
   * so it is asked every `everyMs`; if none can be asked any more, what Client.ask() throws is thrown.
   */
  async *follow({ from = 1n, everyMs = 200, ...options } = {}) {
    let afterPosition = 0n;
    for (let fromSequence = from; ; ) {
      const { events, end } = await this.#history({ fromSequence, afterPosition }, options);
      for (const event of events) {
        yield event;
        fromSequence = event.sequence + 1n;
        // A node whose copy does not reach so far is to let another one answer.
        afterPosition = event.position;
      }
      if (end) await pause(everyMs);
    }
  }

  async #history(range, options) {
    const payload = encodeFramed(HistoryQuery, { ...this.#key, ...range });
    const question = { ...node_itself, command: history_command, payload };
    return decodeFramed(HistoryPage, (await this.#client.ask(question, options)).payload);
  }
}
