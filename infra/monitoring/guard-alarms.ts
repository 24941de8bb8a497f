import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TIMEOUT } from '../function.ts';
import { type AlarmTarget, notify } from './alarm-target.ts';

/** What {@link createGuardAlarms} watches. */
export interface GuardAlarmsProps {
  readonly function: IFunction;
  readonly deadLetters: IQueue;
  /** Topics whose failed deliveries count. */
  readonly topics: readonly ITopic[];
  readonly target: AlarmTarget;
}

interface Rule {
  readonly id: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
  /** Minutes out of five that make an alarm. */
  readonly minutes: number;
}

const SUM = { statistic: Stats.SUM, period: Duration.minutes(1) };
const MAX = { statistic: Stats.MAXIMUM, period: Duration.minutes(1) };

/** The alarms of the guard's own health, which CloudWatch, Lambda, SQS and SNS measure, not the guard. */
export function createGuardAlarms(scope: Construct, props: GuardAlarmsProps): Alarm[] {
  const home = new Construct(scope, 'Guard');
  return rulesFor(props).map(({ id, metric, threshold, description, minutes }) => {
    const alarm = new Alarm(home, id, {
      alarmDescription: `rds-connection-guard: ${description}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: minutes,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    return notify(alarm, props.target);
  });
}

function rulesFor(props: GuardAlarmsProps): Rule[] {
  return [
    {
      id: 'Errors',
      metric: props.function.metricErrors(SUM),
      threshold: 1,
      minutes: 2,
      description:
        'runs of the function fail. A check that fails is no error; a run fails when it cannot publish metrics, send a ' +
        'message, keep its memory or read its event. First: read the newest ERROR line of its log.',
    },
    {
      id: 'Throttles',
      metric: props.function.metricThrottles(SUM),
      threshold: 1,
      minutes: 3,
      description:
        'runs are throttled, so checks are missing. Runs overlap (then the duration alarm says why), or the account is ' +
        'out of concurrency. First: compare the function’s ConcurrentExecutions with its reservation and the account’s.',
    },
    {
      id: 'Duration',
      metric: props.function.metricDuration(MAX),
      threshold: (TIMEOUT - 2) * 1000,
      minutes: 2,
      description:
        `runs come near their timeout of ${TIMEOUT} s; they should end by themselves before 60 s. Something outside ` +
        'answers too slowly. First: see in the log which step takes long; raise no timeout before that.',
    },
    {
      id: 'DeadLetters',
      metric: props.deadLetters.metricApproximateNumberOfMessagesVisible(MAX),
      threshold: 1,
      minutes: 1,
      description:
        'an event or a message could not be delivered and waits in the dead-letter queue. First: read it there, its ' +
        'attributes hold the reason; purge the queue when done. Old events need no replay: the next minute brought another.',
    },
    ...props.topics.map((topic, index) => ({
      id: `NotificationsFailed${index + 1}`,
      metric: new Metric({
        namespace: 'AWS/SNS',
        metricName: 'NumberOfNotificationsFailed',
        dimensionsMap: { TopicName: topic.topicName },
        ...SUM,
      }),
      threshold: 1,
      minutes: 1,
      description:
        `SNS could not deliver messages of topic ${index + 1} of ${props.topics.length} to a subscriber: somebody was ` +
        'not told. First: look for unconfirmed or broken subscriptions of the topic, then for its message in the dead-letter queue.',
    })),
  ];
}
