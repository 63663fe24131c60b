// SPDX-License-Identifier: Apache-2.0
//
// Options of a command line: what each may be, and what it is when it is left out.

/** The command line is wrong; the message says how. */
export class WrongUsage extends Error {}

/** Any text. Without `otherwise` the option is needed, here and below. */
export function text(otherwise) {
  return { otherwise, read: (_, value) => value };
}

export function wholeNumber({ from = 0, to, otherwise }) {
  return {
    otherwise,
    read: (name, value) => {
      if (!/^\d+$/.test(value) || Number(value) < from || Number(value) > to) {
        throw new WrongUsage(`--${name} is a whole number from ${from} to ${to}, not ${value}`);
      }
      return Number(value);
    },
  };
}

export function decimal(otherwise) {
  return {
    otherwise,
    read: (name, value) => {
      if (!/^\d+(\.\d+)?$/.test(value)) throw new WrongUsage(`--${name} is a number as 2.5, not ${value}`);
      return Number(value);
    },
  };
}

/** The values of `options`, by name, of which some were `given` as text. */
export function valuesOf(options, given) {
  const needed = Object.keys(options).find((name) => options[name].otherwise === undefined && !(name in given));
  if (needed) throw new WrongUsage(`--${needed} is needed`);
  return Object.fromEntries(
    Object.entries(options).map(([name, { read, otherwise }]) => [
      name,
      name in given ? read(name, given[name]) : otherwise,
    ]),
  );
}
