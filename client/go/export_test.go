package parley

// Cut cuts data as a signal that is too large, and Join puts parts together as they come from one peer.
func Cut(data []byte) ([][]byte, error) {
	parts, err := cut(data)
	raw := make([][]byte, len(parts))
	for i, p := range parts {
		raw[i] = p
	}
	return raw, err
}

// Join returns what came of parts, and how often something was let go.
func Join(parts ...[]byte) (whole [][]byte, failed int) {
	var l loop
	p := &parcels{
		loop: &l, open: map[string]*parcel{},
		fail: func(string, string) { failed++ },
		away: func(string) bool { return true },
	}
	l.do(func() {
		for _, part := range parts {
			if data, ok := p.take("bob", part); ok {
				whole = append(whole, data)
			}
		}
		p.clear()
	})
	return whole, failed
}

// ReadComparison reads what a peer says of what it has; ok is false of anything else.
func ReadComparison(data []byte) (again []byte, ok bool) {
	c, ok := readComparison(reserved(data))
	return c.data(), ok
}
