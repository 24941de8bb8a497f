/** The version of docs/notification.schema.json that is understood. */
const VERSION = 1;

/** Causes that a restart mends. It would make a rollout, or pools that are too large, worse: new tasks log in beside the old. */
const MENDED = ['kept-after-request', 'open-streams', 'open-transactions'];

/**
 * The thread of the notification that calls for a restart; null when none does. Whatever the message holds, it throws nothing:
 * others may publish to the topic, too.
 *
 * @param {string} message the body of an SNS message.
 * @param {{ database?: string, role?: string }} watched the database, and the role that the service logs in as.
 * @returns {string | null}
 */
export function threadToRestartFor(message, { database, role }) {
  const document = parsed(message);
  // A test of the way of messages tells of nothing that has happened.
  if (document?.version !== VERSION || document.test !== undefined) return null;
  const notification = list(document.notifications).find(
    (each) =>
      (each?.kind === 'level' || each?.kind === 'server-full') &&
      (each.level === 'critical' || each.level === 'full') &&
      each.database === database &&
      typeof each.thread === 'string' &&
      isCause(likeliest(each.causes), role),
  );
  return notification?.thread ?? null;
}

/** The cause of most sessions comes first; that a budget is exceeded, which may stand before it, does not say why. */
function likeliest(causes) {
  return list(causes).find((cause) => cause?.id !== 'over-budget');
}

function isCause(cause, role) {
  return MENDED.includes(cause?.id) && typeof role === 'string' && cause.role === role;
}

function parsed(message) {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

function list(value) {
  return Array.isArray(value) ? value : [];
}
