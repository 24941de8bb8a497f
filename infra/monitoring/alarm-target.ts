import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** Where alarms go. */
export interface AlarmTarget {
  readonly topic: ITopic;
  /** Tell the end of an alarm too. */
  readonly okActions: boolean;
}

/** Lets an alarm be told. */
export function notify(alarm: Alarm, { topic, okActions }: AlarmTarget): Alarm {
  alarm.addAlarmAction(new SnsAction(topic));
  if (okActions) alarm.addOkAction(new SnsAction(topic));
  return alarm;
}
