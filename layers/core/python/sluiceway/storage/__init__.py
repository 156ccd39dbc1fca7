"""Where everything but artifact bytes is kept: one DynamoDB table behind the `Table` protocol of `table.py`."""
