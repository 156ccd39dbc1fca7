"""Step Functions tasks, schedule ticks and the owner's own commands: functions without a path."""
