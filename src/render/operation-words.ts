/** How tables speak of a pattern's operation. */
export interface OperationWords {
  /** What the pattern is, for the title of its table. */
  readonly title: string;
  /** What the median is of: the table's main figure. */
  readonly median: string;
  /** A second line of its heading, where the name alone could be misread. */
  readonly from: string | null;
  /** One operation, as in `user time per trip`. */
  readonly one: string;
  /** Rate: name, and heading in lines. */
  readonly rate: { readonly name: string; readonly heading: readonly string[] };
  /** The definition that stands under the table. */
  readonly definition: string;
}

const ROUND_TRIP: OperationWords = {
  title: 'round trips, one at a time',
  median: 'median RTT',
  from: null,
  one: 'trip',
  rate: { name: 'round trips/s', heading: ['round', 'trips/s'] },
  definition: 'RTT: round-trip time.',
};

const WORDS: Readonly<Record<string, OperationWords>> = {
  echo: ROUND_TRIP,
  rpc: { ...ROUND_TRIP, title: 'request, work in the server, reply' },
  stream: {
    title: 'one way, timed at the receiver',
    median: 'median per message',
    from: null,
    one: 'message',
    rate: { name: 'messages/s', heading: ['messages', '/s'] },
    definition: 'Per message: from one arrival to the next at the receiver.',
  },
  connect: {
    title: 'connections made, accepted and closed, one at a time',
    median: 'median connect',
    from: null,
    one: 'connect',
    rate: { name: 'connects/s', heading: ['connects', '/s'] },
    definition:
      'Connect: the client makes a connection, sees the server close it, and closes its own end.',
  },
  load: {
    title: 'requests at a given rate, open loop',
    median: 'median response',
    from: 'from intended send',
    one: 'request',
    rate: { name: 'achieved/s', heading: ['achieved', '/s'] },
    definition:
      'Response: from when a request was due until its answer; service: from when it was sent.',
  },
};

/** Words for a pattern; those of a round trip unless the pattern is known. */
export function operationWords(pattern: string): OperationWords {
  return WORDS[pattern] ?? ROUND_TRIP;
}
