import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample } from '../../model/observation.ts';
import { counted } from '../../shared/format.ts';
import { sessions } from './group-sums.ts';

// Sessions that are at work, or wait for something.

export function busy({ groups, used }: Sample): LikelyCause | null {
  const active = sessions(groups.filter(({ state }) => state === 'active'));
  if (active < used * 0.7) return null;
  return {
    id: 'busy',
    role: null,
    sessions: active,
    cause: 'Load or a lock, not a leak: the sessions are at work, so ending idle ones will not help',
    evidence: `${active} of ${counted(used, 'session')} are active`,
    remedy: 'Look for slow statements and locks (wait_event_type in pg_stat_activity) before anything else',
  };
}

export function logins({ groups, used }: Sample): LikelyCause | null {
  const starting = sessions(groups.filter(({ state }) => state === 'starting'));
  if (starting < used * 0.2) return null;
  return {
    id: 'login-storm',
    role: null,
    sessions: starting,
    cause: 'A storm of logins: sessions still authenticating hold slots, so ending idle ones will not help',
    evidence: `${starting} of ${counted(used, 'session')} are still starting`,
    remedy: 'Let clients pool their connections and back off with jitter when a login fails',
  };
}
