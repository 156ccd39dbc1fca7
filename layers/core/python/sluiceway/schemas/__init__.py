"""JSON Schema: reading schemas, and finding where content is at odds with one, in a process that may be killed."""
