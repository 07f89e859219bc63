package doctor

import (
	"context"
	"net/http"
	"net/url"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/client/go/wire"
)

// dialAs connects as somebody else's client does, which shows itself by its query, or by a subprotocol.
func (e *examination) dialAs(ctx context.Context, query map[string]string, subprotocols ...string) (*websocket.Conn, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return nil, err
	}
	all := u.Query()
	for name, value := range query {
		all.Set(name, value)
	}
	u.RawQuery = all.Encode()
	step, cancel := e.step(ctx)
	defer cancel()
	header := http.Header{}
	if e.Origin != "" {
		header.Set("Origin", e.Origin)
	}
	//nolint:bodyclose // the library has read what there is
	socket, resp, err := websocket.Dial(step, u.String(), &websocket.DialOptions{HTTPHeader: header, Subprotocols: subprotocols})
	if err != nil {
		var answer wire.Handshake
		if resp != nil {
			answer.Status = resp.StatusCode
		}
		return nil, e.refused(ctx, answer, err)
	}
	return socket, nil
}

// unheard says why a client that was let in hears nothing.
func (e *examination) unheard(ctx context.Context, client, name string) error {
	if p := e.awaitLogs(ctx); p != nil {
		return p
	}
	return broken("greeting", "let DIALECTS (dialects) have "+name+"; if it has, see the message function's log: "+seeLogs,
		"a client of %s was let in, and then heard nothing", client)
}
