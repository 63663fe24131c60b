// SPDX-License-Identifier: Apache-2.0
//
// Payloads: what Reprise sends and stores of commands, results and events. Each is one struct of the
// aggregate's schema as one Cap'n Proto segment without framing.
//
// Here structs are plain objects whose members are named as in the schema. Data is a Uint8Array,
// 64-bit numbers are BigInt, enums are their numbers. Members that are left out have their defaults.

import { Data, List, Message, Struct } from "capnp-es";

const framing_bytes = 8; // of a message of one segment

/** The payload that is a `StructClass` with these members. */
export function encode(StructClass, members = {}) {
  return encodeFramed(StructClass, members).subarray(framing_bytes);
}

/** The members of the struct that a payload is. */
export function decode(StructClass, payload) {
  return toObject(new Message(payload, false, true).getRoot(StructClass));
}

/** Of a payload whose struct is a union: the name of its one member, and that member's value if any. */
export function decodeUnion(StructClass, payload) {
  const struct = new Message(payload, false, true).getRoot(StructClass);
  const is = Object.keys(gettersOf(struct)).find((name) => name.startsWith("_is") && struct[name]);
  // Of a later schema.
  if (!is) return [`member ${struct.which()}`, undefined];
  const name = is[3].toLowerCase() + is.slice(4);
  return [name, toValue(struct[name])];
}

/** As encode(), with framing: a whole message. */
export function encodeFramed(StructClass, members) {
  const message = new Message();
  fill(message.initRoot(StructClass), members);
  return new Uint8Array(message.toArrayBuffer());
}

export function decodeFramed(StructClass, bytes) {
  return toObject(new Message(bytes, false).getRoot(StructClass));
}

/**
 * A command's result: undefined where it has none. Results that are written `(name :Struct)` in the
 * schema are sent as that struct itself, all others as the struct of all results.
 */
export function decodeResult(ResultsClass, bytes) {
  if (bytes.length === 0) return undefined;
  const results = new Message().initRoot(ResultsClass);
  const [only, ...others] = membersOf(results).map((name) => results[name]);
  const isInline = ResultsClass._capnp.displayName.endsWith("$Results");
  const isStruct = isInline && only instanceof Struct && others.length === 0;
  return decode(isStruct ? only.constructor : ResultsClass, bytes);
}

/** Sets members of a struct that is being built. */
export function fill(struct, members) {
  for (const [name, value] of Object.entries(members)) {
    if (!(name in struct)) {
      throw new TypeError(`${struct.constructor._capnp.displayName} has no member ${name}`);
    }
    const init = `_init${name[0].toUpperCase()}${name.slice(1)}`;
    if (value instanceof Uint8Array) {
      struct[init](value.length).copyBuffer(value);
    } else if (value !== null && typeof value === "object") {
      fill(struct[init](), value);
    } else {
      struct[name] = value;
    }
  }
}

/** Copies a struct without unions. */
export function toObject(struct) {
  return Object.fromEntries(membersOf(struct).map((name) => [name, toValue(struct[name])]));
}

// What capnp-es adds to the members of the schema begins with an underscore.
function membersOf(struct) {
  return Object.keys(gettersOf(struct)).filter((name) => !name.startsWith("_"));
}

function gettersOf(struct) {
  const all = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(struct)));
  return Object.fromEntries(all.filter(([, property]) => property.get));
}

function toValue(value) {
  if (value instanceof Data) return value.toUint8Array().slice();
  if (value instanceof List) return Array.from(value, toValue);
  if (value instanceof Struct) return toObject(value);
  return value;
}
