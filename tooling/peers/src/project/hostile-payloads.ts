import { encodeApiRequest } from "@ockam/authority";
import { CborWriter, encodeBareBytes, encodeBareString, fromHex } from "@ockam/codec";

/** Payloads of every kind that workers of relay and authority nodes read, well formed and not, by what they are. */
export const HOSTILE_PAYLOADS: ReadonlyMap<string, Uint8Array> = new Map([
  ["nothing", new Uint8Array()],
  ["one byte", Uint8Array.of(0)],
  ["random bytes", crypto.getRandomValues(new Uint8Array(777))],
  ["64 KiB of ones", new Uint8Array(65_536).fill(0xff)],
  ["a mebibyte of zeros", new Uint8Array(2 ** 20)],

  ["a relay's name", encodeBareString("default")],
  ["another relay's name", encodeBareString("stolen")],
  ["a name at random", encodeBareString("register")],
  ["a name that is an address", encodeBareString("0#api")],
  ["a name that kills Rust nodes", encodeBareString("a#b#c")],
  ["a name of 100,000 characters", encodeBareString("n".repeat(100_000))],
  ["a text that is longer than what follows", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07, 0x61)],
  ["a length without an end", new Uint8Array(16).fill(0x80)],

  ["asks for a credential", request("POST", "/")],
  ["asks for the members", request("GET", "/")],
  ["asks for their identifiers", request("GET", "/member_ids")],
  ["removes all members", request("DELETE", "/members")],
  ["removes a member", request("DELETE", `/I${"0".repeat(64)}`)],
  ["a path of another kind", request("POST", `/${"x/".repeat(100)}`)],
  ["makes a ticket", request("POST", "/", attributesOnly({}))],
  ["makes an enroller's ticket", request("POST", "/tokens", attributesOnly({ "ockam-role": "enroller" }))],
  ["guesses a ticket", request("POST", "/", code(new Uint8Array(32).fill(7)))],
  ["adds a member", request("POST", "/", member(new Uint8Array(32).fill(9), { "ockam-role": "enroller" }))],
  ["waits for changes", request("POST", "/", new CborWriter().map(1).uint(1).uint(0).finish())],
  ["a body that is no CBOR", request("POST", "/", new Uint8Array(100).fill(0xff))],
  ["a body that promises 2^64 items", request("POST", "/", fromHex("9bffffffffffffffff"))],
  ["a body nested 100,000 deep", request("POST", "/", new Uint8Array(100_000).fill(0x81))],
  ["a request without a header", encodeBareBytes(fromHex("a0"))],
  ["a header that goes on for ever", encodeBareBytes(new Uint8Array(10_000).fill(0xbf))],

  ["opens a portal", Uint8Array.of(0)],
  ["answers a portal", Uint8Array.of(1)],
  ["ends a portal", Uint8Array.of(2)],
  ["data of a portal", Uint8Array.of(3, ...encodeBareBytes(new Uint8Array(100)))],

  ["a handshake's first message", crypto.getRandomValues(new Uint8Array(32))],
  ["a handshake with a point of low order", new Uint8Array(32)],
  ["a handshake's last message, of noise", crypto.getRandomValues(new Uint8Array(387))],
  ["ciphertext of nobody", crypto.getRandomValues(new Uint8Array(96))],
]);

function request(method: "GET" | "POST" | "DELETE", path: string, body?: Uint8Array): Uint8Array {
  return encodeApiRequest({ id: 0x0a0b0c0d, path, method, body });
}

function attributesOnly(attributes: Readonly<Record<string, string>>): Uint8Array {
  return writeAttributes(new CborWriter().map(1).uint(1), attributes).finish();
}

function member(identifier: Uint8Array, attributes: Readonly<Record<string, string>>): Uint8Array {
  return writeAttributes(new CborWriter().map(2).uint(1).bytes(identifier).uint(2), attributes).finish();
}

function code(value: Uint8Array): Uint8Array {
  return new CborWriter().map(1).uint(1).bytes(value).finish();
}

function writeAttributes(writer: CborWriter, attributes: Readonly<Record<string, string>>): CborWriter {
  const entries = Object.entries(attributes);
  writer.map(entries.length);
  for (const [name, value] of entries) writer.text(name).text(value);
  return writer;
}
