import { z } from 'zod';
import type { buffersSchema } from './schema-buffers.js';
import { cellResultSchema, type parametersSchema } from './schema-cell.js';
import type { bcopySchema, calibrationSchema, countersSchema } from './schema-costs.js';
import { described } from './schema-fields.js';
import { runSchema } from './schema-run.js';
import type { outliersSchema, serviceTrialSchema, timesSchema } from './schema-times.js';
import { type fastSocketsSchema, type grantedPeerSchema, trialSchema } from './schema-trial.js';
import type { trialPeerSchema, usageSchema } from './schema-usage.js';

export { cellResultSchema, runSchema, trialSchema };

/**
 * The result document: what a run leaves, what `--json` prints, what tools read.
 *
 * Missing is null, never 0. Units are in the names. New fields may be added
 * within a schema version, and readers ignore what they don't know; a field
 * that changes its meaning or goes away is a new version. A document from
 * before a field was added has it as null when it is read (`added`). The JSON
 * Schema in schema/ is generated from here, see json-schema.ts.
 */
export const RESULT_SCHEMA_VERSION = 1;

/** A whole result file. */
export const resultDocumentSchema = z
  .object({
    schema: described(
      z.literal(RESULT_SCHEMA_VERSION),
      'Schema version',
      'Version of this format.',
    ),
    run: described(runSchema, 'Run', 'Which run this is, where and how it was made.'),
    results: described(z.array(cellResultSchema), 'Results', 'One entry per cell of the plan.'),
  })
  .meta({
    title: 'ipcbench result',
    description:
      'Figures of one ipcbench run. Durations are in nanoseconds unless a name says otherwise (_us: microseconds). Missing is null, never 0. Readers should ignore fields that they do not know.',
  });

/** A whole result file; units are in the names, null is missing. */
export type ResultDocument = z.infer<typeof resultDocumentSchema>;
/** The `run` part of a document. */
export type RunRecord = ResultDocument['run'];
/** One cell of a document. */
export type CellResult = z.infer<typeof cellResultSchema>;
/** Which cell this is: the mechanism, and where and how it ran. */
export type CellIdentity = Pick<
  CellResult,
  | 'probe'
  | 'pattern'
  | 'size_bytes'
  | 'parameters'
  | 'options'
  | 'placement'
  | 'client_cpu'
  | 'server_cpu'
  | 'wait'
  | 'clients'
>;
/** The same without the mechanism. */
export type CellPlace = Omit<CellIdentity, 'probe'>;
/** One trial of a cell. */
export type TrialRecord = z.infer<typeof trialSchema>;
/** One side's use of the machine, summed over trials. */
export type UsageRecord = z.infer<typeof usageSchema>;
/** One side's use of the machine in one trial. */
export type TrialUsageRecord = z.infer<typeof trialPeerSchema>;
/** A distribution of times per operation. */
export type TimesRecord = z.infer<typeof timesSchema>;
/** What was asked of a pattern beside the size. */
export type ParametersRecord = z.infer<typeof parametersSchema>;
/** Granted socket options of one side. */
export type GrantedRecord = z.infer<typeof grantedPeerSchema>;
/** What Fast Sockets did in one peer. */
export type FastSocketsRecord = z.infer<typeof fastSocketsSchema>;
/** Service times of one trial. */
export type ServiceRecord = z.infer<typeof serviceTrialSchema>;
/** Tukey's counts as stored. */
export type OutlierRecord = z.infer<typeof outliersSchema>;
/** What the machine's primitives cost. */
export type CalibrationRecord = z.infer<typeof calibrationSchema>;
/** What copying alone takes of an operation. */
export type BcopyRecord = z.infer<typeof bcopySchema>;
/** What became of the buffers that the peers share. */
export type BuffersRecord = z.infer<typeof buffersSchema>;
/** One peer's performance counters. */
export type CountersRecord = z.infer<typeof countersSchema>;
