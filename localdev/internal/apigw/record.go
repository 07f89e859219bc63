package apigw

// A Recorder is told of all that clients and the Gateway say to each other, before anybody can react to it. It must not
// keep the slices.
type Recorder interface {
	Handshake(connection, stage, query string, headers map[string][]string)
	Answer(connection string, status int, protocol string) // 101, or what refused the handshake
	FromClient(connection string, text []byte)
	ToClient(connection string, text []byte)
	Closed(connection string, code int, reason, by string)
}

func (c *conn) recordAnswer(status int, protocol string) {
	if rec := c.g.opt.Record; rec != nil {
		rec.Answer(c.id, status, protocol)
	}
}
