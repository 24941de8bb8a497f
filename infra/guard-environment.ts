import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Notifications } from './notifications.ts';
import type { ConnectionGuardProps } from './props.ts';

/** What the guard's function is told by its environment. */
export interface GuardEnvironmentParts {
  readonly props: ConnectionGuardProps;
  readonly notifications: Notifications;
  readonly namespace: string;
  /** Does it count databases for the alarms of the fleet? */
  readonly hasFleetAlarms: boolean;
  readonly dashboardUrl: string | undefined;
  readonly actionsFunction: IFunction | undefined;
  /** The digests of the events that the stack's schedules carry. */
  readonly pinnedEvents: string;
  /** What discovered databases may ask for; undefined without discovery. */
  readonly pinnedProfiles: string | undefined;
}

/** The environment that `lambda/config/environment.ts` reads. */
export function guardEnvironment({
  props,
  notifications,
  namespace,
  hasFleetAlarms,
  dashboardUrl,
  actionsFunction,
  pinnedEvents,
  pinnedProfiles,
}: GuardEnvironmentParts): Record<string, string> {
  return {
    GUARD_WARNING_TOPIC_ARN: notifications.warning.topicArn,
    GUARD_CRITICAL_TOPIC_ARN: notifications.critical.topicArn,
    GUARD_TIME_ZONE: props.timeZone ?? 'UTC',
    GUARD_METRIC_NAMESPACE: namespace,
    GUARD_METRICS: props.metrics ?? 'all',
    GUARD_FLEET_COUNTS: hasFleetAlarms ? 'on' : 'off',
    ...(dashboardUrl !== undefined && { GUARD_DASHBOARD_URL: dashboardUrl }),
    ...(props.docsUrl !== undefined && { GUARD_DOCS_URL: props.docsUrl }),
    ...(props.command !== undefined && { GUARD_COMMAND: props.command }),
    ...(actionsFunction && {
      GUARD_ACTIONS_FUNCTION: actionsFunction.functionName,
      GUARD_ACTIONS_TERMINATE: props.actions?.terminate === true ? 'on' : 'off',
    }),
    GUARD_PINNED_EVENTS: pinnedEvents,
    ...(pinnedProfiles !== undefined && { GUARD_PINNED_PROFILES: pinnedProfiles }),
  };
}
