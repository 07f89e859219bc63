throw new RangeError('at the start')
