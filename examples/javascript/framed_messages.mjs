// SPDX-License-Identifier: Apache-2.0
//
// Cap'n Proto messages over a stream of bytes: a header with the sizes of the segments, then the
// segments. This is what capnp-es calls a transport.

import { Message } from "capnp-es";
import { Message as RpcMessage } from "capnp-es/capnp/rpc";

const message_bytes_max = 16 << 20;
const segments_max = 512;

/** The other side ended the connection, and did not say why. */
export class Closed extends Error {
  constructor() {
    super("it closed the connection");
  }
}

export class FramedMessages {
  #socket;
  #messages;

  constructor(socket) {
    this.#socket = socket;
    this.#messages = messagesOf(socket);
  }

  sendMessage(root) {
    this.#socket.write(new Uint8Array(root.segment.message.toArrayBuffer()));
  }

  /** Throws when the stream ends, in whatever way. */
  async recvMessage() {
    const { value: message, done } = await this.#messages.next();
    if (done) throw new Closed();
    if (message.which() === RpcMessage.ABORT) {
      throw new Error(`it gave up the connection: ${message.abort.reason}`);
    }
    return message;
  }

  close() {
    this.#socket.destroy();
  }
}

async function* messagesOf(socket) {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    for (let size; (size = sizeOfFirst(received)) <= received.length; received = received.subarray(size)) {
      yield new Message(received.subarray(0, size), false).getRoot(RpcMessage);
    }
  }
}

// In bytes, with its header. Infinity while the header is not whole.
function sizeOfFirst(bytes) {
  if (bytes.length < 4) return Infinity;
  const segments = bytes.readUInt32LE(0) + 1;
  if (segments > segments_max) throw new Error("it sent a message of too many segments");
  const header = (4 * (1 + segments) + 7) & ~7;
  if (bytes.length < header) return Infinity;
  let size = header;
  for (let n = 1; n <= segments; ++n) size += 8 * bytes.readUInt32LE(4 * n);
  if (size > message_bytes_max) throw new Error(`it sent a message of ${size} bytes`);
  return size;
}
