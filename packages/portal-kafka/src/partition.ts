/** Of which partition records are. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition as logs call it. */
export function nameOf({ partition, topic }: Partition): string {
  return `${JSON.stringify(topic)}, partition ${partition}`;
}
