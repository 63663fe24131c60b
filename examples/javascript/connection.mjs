// SPDX-License-Identifier: Apache-2.0
//
// One connection to one node: a socket, with TLS 1.3 or without, and Cap'n Proto's two-party RPC
// over it (capnp-es). It is not mended when it breaks; client.mjs opens another one.

import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { Conn } from "capnp-es";
import { Closed, FramedMessages } from "./framed_messages.mjs";
import { Node } from "./schemas/client.js";

const handshake_ms = 3000;

/** A node could not be reached, and no command was sent to it. */
export class NotReached extends Error {
  /** `untrusted`: it stays so until somebody changes certificates. */
  constructor(message, { untrusted = false, cause } = {}) {
    super(message, { cause });
    this.untrusted = untrusted;
  }
}

export class Connection {
  #socket;
  #node;
  #unanswered = new Set();
  #lost;

  /**
   * Connects to `node`, {name, host, port}, and returns once it has answered something.
   * `certificates` is {ca, cert, key} as PEM, or undefined for none. `onLost` is called when the
   * connection breaks, before calls that wait for answers are rejected. Throws NotReached.
   */
  static async open(node, certificates, onLost) {
    const socket = connect(node, certificates);
    const tooLong = setTimeout(
      () => socket.destroy(new Error(`it does not answer within ${handshake_ms} ms`)),
      handshake_ms,
    );
    try {
      await once(socket, certificates ? "secureConnect" : "connect");
      const connection = new Connection(socket, onLost);
      // With TLS 1.3 a client whose certificate is refused learns so only when it reads.
      await connection.status();
      return connection;
    } catch (error) {
      socket.destroy();
      const { reason, untrusted } = explain(error, certificates);
      throw new NotReached(reason, { untrusted, cause: error });
    } finally {
      clearTimeout(tooLong);
    }
  }

  constructor(socket, onLost) {
    this.#socket = socket;
    const rpc = new Conn(new FramedMessages(socket));
    rpc.onError = (error) => {
      this.#lost = error;
      socket.destroy();
      onLost();
      for (const reject of this.#unanswered) reject(error);
    };
    this.#node = rpc.bootstrap(Node);
  }

  /** Sends the Command (client.capnp) that `write` fills, and returns its Outcome. */
  async ask(write) {
    const results = await this.#answerOf(() => this.#node.ask((params) => write(params._initCommand())));
    return results.outcome;
  }

  /** What the node knows of its cluster, as JSON text. */
  async status() {
    return (await this.#answerOf(() => this.#node.status())).json;
  }

  close() {
    this.#socket.destroy();
  }

  // capnp-es leaves calls unanswered for ever when their connection breaks.
  #answerOf(call) {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      this.#unanswered.add(reject);
      call()
        .promise()
        .then(resolve, reject)
        .finally(() => this.#unanswered.delete(reject));
    });
  }
}

function connect({ name, host, port }, certificates) {
  const socket = certificates
    ? tls.connect({
        ...certificates,
        host,
        port,
        // A node's certificate has its name, not its address; each node's has this one, too.
        servername: name ?? "node.reprise",
        minVersion: "TLSv1.3",
      })
    : net.connect({ host, port });
  // Calls are small; none is to wait until there is more to send.
  socket.setNoDelay(true);
  // Whoever reads is told. Without a listener the program would end.
  socket.on("error", () => {});
  return socket;
}

// What to tell of a connection that did not come to be.
function explain(error, certificates) {
  const code = error.code ?? "";
  if (/^ERR_SSL_.*ALERT/.test(code)) {
    return { reason: `it refuses the certificate of this client (${error.reason})`, untrusted: true };
  }
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    return { reason: `its certificate is not accepted (${error.message})`, untrusted: true };
  }
  if (!certificates && (error instanceof Closed || code === "ECONNRESET" || code === "EPIPE")) {
    return { reason: "it closed the connection; does it want certificates?" };
  }
  // A host that has several addresses fails in several ways.
  const reasons = error.errors?.map((each) => each.message) ?? [error.message];
  return { reason: reasons.join(", ") };
}
