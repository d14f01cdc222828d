/** Ways of Fast Sockets to carry a connection, by the names that the library takes. */
export const TRANSPORTS = ['mmap-sem', 'mmap-doors', 'doors'] as const;

export type Transport = (typeof TRANSPORTS)[number];
