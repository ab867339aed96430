"""What contacts share: accounts, fulfillment lists, splits, tasks and teams. Each answers letters."""
