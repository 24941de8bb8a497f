import { Annotations, Stack } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../../lambda/report/metrics/data-points.ts';
import { databaseMetric } from './database-metric.ts';
import { loginsRefused } from './refused-logins.ts';

/** The metrics that a guard sends, for an app's own alarms and dashboards. */
export abstract class GuardMetrics extends Construct {
  /** The CloudWatch namespace of the metrics. */
  readonly namespace: string;
  private names: readonly string[] = [];

  constructor(scope: Construct, id: string, namespace: string) {
    super(scope, id);
    this.namespace = namespace;
  }

  /** Names of the databases, a cluster's instances each for itself. */
  get databaseNames(): readonly string[] {
    return this.names;
  }

  /** Notes the databases; refuses those that another guard of the app watches under the same metrics. */
  protected watches(databases: readonly string[]): void {
    this.names = databases;
    for (const other of this.node.root.node.findAll()) {
      if (!(other instanceof GuardMetrics) || other === this || other.place() !== this.place()) continue;
      const shared = databases.find((name) => other.names.includes(name));
      if (shared !== undefined)
        Annotations.of(this).addError(
          `${other.node.path} watches a database ${shared} too, in the same namespace ${this.namespace}: their metrics ` +
            'and alarms would be mixed. Give one of the two guards another namespace, or the database another name',
        );
    }
  }

  private place(): string {
    const { account, region } = Stack.of(this);
    return `${account} ${region} ${this.namespace}`;
  }

  /**
   * A metric of one database, its worst value of each minute unless `options` says otherwise.
   *
   * @param database its name; an instance of a cluster is `name/instance`.
   * @see docs/metrics.md
   */
  metric(name: MetricName, database: string, options?: MetricOptions): IMetric {
    return databaseMetric(this.namespace, name, database, options);
  }

  /** Used, as a share of usable, in percent. */
  metricUtilization(database: string, options?: MetricOptions): IMetric {
    return this.metric('ConnectionUtilization', database, options);
  }

  /** Slots that client backends other than the guard take. */
  metricUsed(database: string, options?: MetricOptions): IMetric {
    return this.metric('ConnectionsUsed', database, options);
  }

  /** Slots that an ordinary role can get. */
  metricUsable(database: string, options?: MetricOptions): IMetric {
    return this.metric('ConnectionsUsable', database, options);
  }

  /** 1 for a check that told how full the server is. */
  metricCheckSucceeded(database: string, options?: MetricOptions): IMetric {
    return this.metric('CheckSucceeded', database, options);
  }

  /** Logins of all clients that the server refused, where its log is given; of a cluster as a whole. */
  metricLoginsRefused(database: string, options?: MetricOptions): IMetric {
    return loginsRefused(this.namespace, database, options);
  }
}
