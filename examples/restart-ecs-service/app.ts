import { App } from 'aws-cdk-lib';
import { RestartEcsService } from './stack.ts';

const app = new App();
new RestartEcsService(app, 'RestartEcsService', {
  topicArn: 'arn:aws:sns:eu-central-1:111122223333:RdsConnectionGuard-GuardNotificationsAlerts',
  serviceArn: 'arn:aws:ecs:eu-central-1:111122223333:service/shop/checkout',
  database: 'orders',
  role: 'orders_app',
});
app.synth();
