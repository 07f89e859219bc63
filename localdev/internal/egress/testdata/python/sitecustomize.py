import chained

chained.by = __name__
