import { decodeUtf8, encodeUtf8, toHex } from "@ockam/codec";
import { anything, assert, asyncProperty, dictionary, string } from "fast-check";
import { expect, test } from "vitest";

import { TestCipher } from "../testing/test-cipher.ts";
import { MAX_JSON_PATH_STEPS } from "./json-path.ts";
import { MAX_JSON_DEPTH } from "./json-text.ts";
import { fieldProtection, WHOLE_VALUE } from "./value-protection.ts";

const PLACE = { topic: "orders", partition: 3, key: null };
const numRuns = 200 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

async function sealAndOpen(
  fields: readonly string[],
  value: string,
): Promise<{ sealed: string; opened: string }> {
  const cipher = new TestCipher();
  const protection = fieldProtection(fields);
  const sealer = await cipher.sealer(PLACE.topic, PLACE.partition);
  const sealed = protection.seal(sealer, PLACE, encodeUtf8(value));
  return { sealed: decodeUtf8(sealed), opened: decodeUtf8(await protection.open(cipher, PLACE, sealed)) };
}

test("a whole value comes back", async () => {
  const cipher = new TestCipher();
  const sealer = await cipher.sealer(PLACE.topic, PLACE.partition);
  for (const value of [new Uint8Array(0), encodeUtf8("hello")]) {
    const sealed = WHOLE_VALUE.seal(sealer, PLACE, value);
    expect(await WHOLE_VALUE.open(cipher, PLACE, sealed)).toEqual(value);
  }
});

test("a whole value that nobody sealed is refused", () => {
  expect(() => WHOLE_VALUE.open(new TestCipher(), PLACE, encodeUtf8("hello"))).toThrow(
    expect.objectContaining({ code: "OCKAM_KAFKA_NOT_SEALED" }),
  );
});

test.each([
  ["no text", Uint8Array.of(0xff, 0xfe)],
  ["more than one value", encodeUtf8('1,"admin":true')],
  ["nothing", new Uint8Array(0)],
])("what was sealed in a field, and is %s, is not put into the object", async (_name, content) => {
  const cipher = new TestCipher();
  const sealer = await cipher.sealer(PLACE.topic, PLACE.partition);
  const value = encodeUtf8(`{"a":"${toHex(sealer.seal(PLACE, content))}"}`);
  await expect(fieldProtection(["a"]).open(cipher, PLACE, value)).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NOT_AUTHENTIC",
  });
});

test("what is not a chosen field stays as it is, byte for byte", async () => {
  const value = '{ "b" : 12345678901234567890.10, "a": "secret",\n"b":1, "é":"\\u00e9" }';
  const { opened, sealed } = await sealAndOpen(["a"], value);
  expect(sealed).toMatch(/^\{ "b" : 12345678901234567890\.10, "a": "[0-9a-f]+",\n"b":1, "é":"\\u00e9" \}$/);
  expect(opened).toBe(value);
});

test.each([
  ["price", '{"price":12.50,"other":{"price":1}}', '{"price":"#","other":{"price":1}}'],
  ["missing", '{"price":1}', '{"price":1}'],
  ["a.b", '{"a.b":1,"a":{"b":2}}', '{"a.b":"#","a":{"b":2}}'],
  ["$.a.b", '{"a.b":1,"a":{"b":{"c":[1,{}]}}}', '{"a.b":1,"a":{"b":"#"}}'],
  [
    "$.items[*].price",
    '{"items":[{"price":1},{"x":2},{"price":3}]}',
    '{"items":[{"price":"#"},{"x":2},{"price":"#"}]}',
  ],
  ["$.items[1]", '{"items":[1,"two",3]}', '{"items":[1,"#",3]}'],
  ["$['a name']", '{"a name":null}', '{"a name":"#"}'],
  ['$["\u00e9"]', '{"\\u00e9":true}', '{"\\u00e9":"#"}'],
  ["$.*", '{"a":1,"b":[2]}', '{"a":"#","b":"#"}'],
  ["a", '{"a":1,"a":2}', '{"a":"#","a":"#"}'],
])("the field %s of %s", async (field, value, expected) => {
  const { opened, sealed } = await sealAndOpen([field], value);
  expect(sealed.replaceAll(/"[0-9a-f]{40,}"/g, '"#"')).toBe(expected);
  expect(opened).toBe(value);
});

test("a field within another one is sealed with it", async () => {
  const { opened, sealed } = await sealAndOpen(["a", "$.a.b"], '{"a":{"b":1}}');
  expect(sealed).toMatch(/^\{"a":"[0-9a-f]+"\}$/);
  expect(opened).toBe('{"a":{"b":1}}');
});

test("any JSON object comes back", async () => {
  await assert(
    asyncProperty(
      dictionary(string(), anything({ withNullPrototype: false })),
      string(),
      async (object, name) => {
        const text = JSON.stringify({ ...object, [name]: "x" }) ?? "{}";
        const { opened } = await sealAndOpen(
          [name === "" || name.startsWith("$") ? "x" : name, "$.*[*]"],
          text,
        );
        expect(opened).toBe(text);
      },
    ),
    { numRuns },
  );
});

test.each(["[1]", "1", '"text"', "null", "", "{", '{"a":1}x'])("fields of %s are refused", async (value) => {
  await expect(sealAndOpen(["a"], value)).rejects.toMatchObject({ code: "OCKAM_KAFKA_INVALID_VALUE" });
});

test("JSON that is nested too deep is refused", async () => {
  await expect(sealAndOpen(["b"], nested(MAX_JSON_DEPTH))).resolves.toBeDefined();
  await expect(sealAndOpen(["b"], nested(MAX_JSON_DEPTH + 1))).rejects.toMatchObject({
    code: "OCKAM_KAFKA_INVALID_VALUE",
  });
});

test.each([1, '"text"', '"abcd"', '"ABCD"'])("a field that holds %s was not sealed", async (member) => {
  const opening = fieldProtection(["a"]).open(new TestCipher(), PLACE, encodeUtf8(`{"a":${member}}`));
  await expect(opening).rejects.toMatchObject({ code: "OCKAM_KAFKA_NOT_SEALED" });
});

test.each(["", "$", "$a", "$.a[", "$.a[x]", "$..a", `$${".a".repeat(MAX_JSON_PATH_STEPS + 1)}`])(
  "%j is no field",
  (field) => {
    expect(() => fieldProtection([field])).toThrow(RangeError);
  },
);

function nested(depth: number): string {
  return `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
}
