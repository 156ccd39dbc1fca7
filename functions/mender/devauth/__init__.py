"""Who a device is, and whether it may take part."""
