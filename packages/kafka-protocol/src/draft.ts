/** A message to encode: what is left out has the schema's default. */
export type Draft<T> = T extends string | number | bigint | boolean | null | Uint8Array
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Draft<Element>[]
    : { readonly [Key in keyof T]?: Draft<T[Key]> };
