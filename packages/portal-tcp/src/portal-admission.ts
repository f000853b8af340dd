/**
 * Decides who may use a portal: asked once for each connection when it begins, with the identity at the other end (64 hex
 * digits), or undefined when no secure channel leads there. Later changes of mind are for the one who decides:
 * `PortalConnection.reset("notAllowed")`. What fails denies.
 */
export type PortalAdmission = (peerIdentifier: string | undefined) => boolean | Promise<boolean>;
