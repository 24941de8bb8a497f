import { Client, type ClientConfig } from 'pg';

// Holds idle sessions in a process of its own, so that they cost the measured process nothing. Ends with its parent.

process.on('disconnect', () => process.exit());
process.send?.('ready');
process.on('message', (order: { config: ClientConfig; count: number }) => {
  void hold(order.config, order.count).then(() => process.send?.('holding'));
});

async function hold(config: ClientConfig, count: number): Promise<void> {
  for (let opened = 0; opened < count; opened += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - opened) }, async () => {
        const client = new Client(config);
        await client.connect();
        await client.query('SELECT 1');
      }),
    );
  }
}
