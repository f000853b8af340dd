/**
 * Whom a node believes what is said about others, and where its own credential comes from. docs/protocol/trust.md
 *
 * - `project`: the authority of that project, which also issues the own credential; without a name, of the project that
 *   is the default when the node starts, if there is one.
 * - `authority`: an authority by its change history (hex). With a `scope` the own credential is the one that was stored
 *   under it; with a `route` as well it is fetched from the authority there, and renewed. With a `route` alone there is no
 *   own credential, and the authority is heard all the same.
 * - `none`: nobody.
 */
export type TrustOptions =
  | { readonly kind: "project"; readonly project?: string }
  | {
      readonly kind: "authority";
      readonly authority: string;
      readonly scope?: string;
      /** A multiaddress. */
      readonly route?: string;
    }
  | { readonly kind: "none" };
