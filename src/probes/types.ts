import type { Transport } from '../plan/transports.js';

/** Facts about one mechanism. Behaviour is in the C file of the same name. */
export interface ProbeDescriptor {
  /**
   * The probe's name: file name here and, unless `preload` is set, in native/probes/, and `name`
   * of its ops table.
   */
  readonly name: string;
  /** What it is, in a few words, for tables. */
  readonly title: string;
  readonly family:
    | 'reference'
    | 'pipe'
    | 'socket'
    | 'system-v'
    | 'posix'
    | 'shared-memory'
    | 'signal'
    | 'rpc'
    | 'doors'
    | 'fast-sockets';
  /** One or two sentences: how a message travels. */
  readonly summary: string;
  /** Other names that people type. */
  readonly aliases: readonly string[];
  /** Copies of the payload per message (one direction), and by whom. */
  readonly copies: { readonly user: number; readonly kernel: number };
  /**
   * How a message travels, as a small text diagram of at most 78 columns: client on the left,
   * server on the right, kernel between them, copies and waits marked.
   */
  readonly diagram: string;
  /** System calls per round trip of both peers together when neither side has to wait twice; null = depends. */
  readonly systemCalls: { readonly block: number | null; readonly spin: number | null };
  /** Where the limits on size and number come from. */
  readonly limits: string;
  /** Manual pages, standards, papers. */
  readonly sources: readonly string[];
  /**
   * Set when this is another probe's peers with Fast Sockets preloaded into them, which has no C
   * file of its own; transport null = an option says.
   */
  readonly preload?: { readonly probe: string; readonly transport: Transport | null };
  /** True when another probe of `run --all` is the same: measured only when it is named. */
  readonly onlyByName?: boolean;
}
