/** Of what a portal is made of: inlets or outlets. */
interface Part {
  readonly lastFailure: Error | undefined;
  /** ms since 1970. */
  readonly lastFailureAt: number | undefined;
}

/** The part in which a connection failed last; undefined when none has in any. */
export function failedLast<Kind extends Part>(parts: Iterable<Kind>): Kind | undefined {
  let latest: Kind | undefined;
  for (const part of parts) {
    if (part.lastFailureAt === undefined) continue;
    if (latest === undefined || part.lastFailureAt >= latest.lastFailureAt!) latest = part;
  }
  return latest;
}
