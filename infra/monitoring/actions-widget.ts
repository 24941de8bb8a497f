import { CustomWidget, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CHOSEN } from './holders-row.ts';

/**
 * What holds the slots of the chosen database at this moment, and buttons to act. CloudWatch invokes the function with
 * the rights of whoever looks at the dashboard, at each refresh.
 */
export function actionsWidget(actions: IFunction): IWidget {
  return new CustomWidget({
    title: 'Chosen database: what holds the slots now, and what to do about it',
    functionArn: actions.functionArn,
    params: { database: CHOSEN },
    updateOnRefresh: true,
    updateOnResize: false,
    updateOnTimeRangeChange: false,
    width: 24,
    height: 12,
  });
}
