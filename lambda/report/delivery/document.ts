import { usableSlots } from '../../model/observation.ts';
import { printable } from '../../shared/printable.ts';
import type { Alert, Surroundings } from '../message/alert.ts';
import { incidentUrl, lastHourUrl } from '../message/log-query-url.ts';
import { actionsFor } from '../message/next-steps.ts';
import { headline, wordOf } from '../message/subject.ts';

/** The version of {@link MachineDocument}. It grows when a property goes or changes its meaning, not when one is added. */
export const DOCUMENT_VERSION = 1;

/** A message about so many databases carries holders, causes and actions of the first ones only, and no more than these. */
const MOST_DETAILED = 10;
const MOST_NOTIFICATIONS = 100;

/** Names and texts are cut here: what is longer did not come from a server. Characters. */
const MAX_TEXT = 500;

/** What one message says, for machines: the schema is docs/notification.schema.json. Names are the server's, as they are. */
export interface MachineDocument {
  readonly version: typeof DOCUMENT_VERSION;
  /** Nothing has happened: somebody tries the way of messages from the command line. */
  readonly test?: true;
  /** One for each database (or budget) that the message is about. */
  readonly notifications: readonly MachineNotification[];
  readonly links: {
    readonly dashboard?: string;
    readonly log?: string;
    /** The log of the incident that is over, of the first database. */
    readonly incident?: string;
    readonly docs?: string;
  };
}

/** One notification. Times are ISO 8601, ages seconds. */
export type MachineNotification = ReturnType<typeof notificationOf>;

/** The document of one message. */
export function documentOf(alerts: readonly Alert[], surroundings: Surroundings): MachineDocument {
  const { dashboardUrl, logQueryUrl, docsUrl } = surroundings;
  const incident = alerts[0] && incidentUrl(logQueryUrl, alerts[0]);
  return {
    version: DOCUMENT_VERSION,
    notifications: alerts
      .slice(0, MOST_NOTIFICATIONS)
      .map((alert, index) =>
        notificationOf(index < MOST_DETAILED ? alert : { ...alert, holders: [], causes: [] }, surroundings),
      ),
    links: {
      ...(dashboardUrl !== undefined && { dashboard: dashboardUrl }),
      ...(logQueryUrl !== undefined && { log: lastHourUrl(logQueryUrl) }),
      ...(incident !== undefined && { incident }),
      ...(docsUrl !== undefined && { docs: docsUrl }),
    },
  };
}

function notificationOf(alert: Alert, surroundings: Surroundings) {
  const { notification, database, snapshot, failure } = alert;
  const { kind, level, previousLevel, threadId, incident } = notification;
  const usable = snapshot === null ? 0 : usableSlots(snapshot.capacity);
  return {
    kind,
    level,
    before: previousLevel,
    at: iso(alert.at),
    since: iso(notification.since),
    database: database.name,
    host: database.host,
    port: database.port,
    summary: text(`${wordOf(notification)} ${database.name}: ${headline(alert)}`),
    thread: threadId,
    slots: snapshot && {
      used: snapshot.used,
      usable,
      left: Math.max(0, usable - snapshot.used),
      seenAt: iso(snapshot.at),
    },
    limit: alert.limit,
    failure: failure && { class: failure.class, code: failure.code, text: text(failure.text) },
    holders: alert.holders.map(({ application, role, client, count, idle, oldestIdleAge, change }) => ({
      application,
      role,
      client,
      sessions: count,
      idle,
      oldestIdleAge,
      change,
    })),
    causes: alert.causes.map(({ id, sessions, role, cause, evidence, remedy }) => ({
      id,
      sessions,
      role,
      cause: text(cause),
      evidence: text(evidence),
      remedy: text(remedy),
    })),
    actions: actionsFor(alert, surroundings).map(({ title, language, lines }) => ({
      title: text(title),
      language,
      lines,
    })),
    incident: incident && {
      startedAt: iso(incident.startedAt),
      worst: incident.worst,
      refused: incident.refused,
      peak: incident.peak?.used ?? null,
      ended: incident.ended,
      wouldEnd: incident.wouldEnd,
    },
    budget: notification.budget ?? null,
    answers: notification.answers?.map(({ at, by, until, ...answer }) => ({
      ...answer,
      at: iso(at),
      by: text(by),
      until: until && iso(until),
    })),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function text(words: string): string {
  return printable(words, MAX_TEXT);
}
