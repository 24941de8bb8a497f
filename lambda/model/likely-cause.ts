import * as v from 'valibot';
import { count, list } from './stored.ts';

/** What may fill a server, by the shape that it has in the samples. */
export const CAUSES = [
  'over-budget',
  'failover',
  'open-streams',
  'kept-after-request',
  'fixed-pool',
  'open-transactions',
  'frozen-clients',
  'pool-times-replicas',
  'rollout',
  'one-client',
  'busy',
  'lock-storm',
  'head-blocker',
  'login-storm',
  'people',
  'near-limit',
] as const;

/** See {@link LikelyCause}. */
const likelyCause = v.object({
  id: v.picklist(CAUSES),
  cause: v.string(),
  evidence: v.string(),
  remedy: v.string(),
  /** How many sessions it accounts for. */
  sessions: count,
  /** The role whose sessions they are, where it is one. The server's: untrusted text. */
  role: v.nullable(v.string()),
});

/** What probably fills the server, with the figures that show it. */
export type LikelyCause = Readonly<v.InferOutput<typeof likelyCause>>;

/** The few likeliest, as they are remembered. */
export const likelyCauses = list(likelyCause);
