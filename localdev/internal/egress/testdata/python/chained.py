by = None
