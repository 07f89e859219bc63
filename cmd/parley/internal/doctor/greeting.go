package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/cmd/parley/internal/peer"
)

// greeting connects as a client of PeerJS does: it says nothing before the server has.
func (e *examination) greeting(ctx context.Context) (string, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return "", err
	}
	query := u.Query()
	query.Set("key", e.PeerJSKey)
	query.Set("id", "doctor-"+rand.Text()[:10])
	query.Set("token", rand.Text())
	u.RawQuery = query.Encode()
	step, cancel := e.step(ctx)
	defer cancel()
	header := http.Header{}
	if e.Origin != "" {
		header.Set("Origin", e.Origin)
	}
	socket, resp, err := websocket.Dial(step, u.String(), &websocket.DialOptions{HTTPHeader: header}) //nolint:bodyclose // the library has read what there is
	if err != nil {
		var answer peer.Answer
		if resp != nil {
			answer.Status = resp.StatusCode
		}
		return "", e.refused(ctx, answer, err)
	}
	defer func() { _ = socket.CloseNow() }()
	_, raw, err := socket.Read(step)
	if err != nil {
		if p := e.awaitLogs(ctx); p != nil {
			return "", p
		}
		return "", broken("greeting", "let DIALECTS (dialects) have peerjs; if it has, see the message function's log: "+seeLogs,
			"a client of PeerJS was let in, and then heard nothing")
	}
	var frame struct {
		Type    string
		Payload struct{ Msg string }
	}
	switch err := json.Unmarshal(raw, &frame); {
	case err == nil && frame.Type == "OPEN":
		return "a client of PeerJS was greeted", nil
	case err == nil && frame.Type == "ERROR":
		return "", broken("PeerJS key", "pass with --peerjs the key that clients have: PEERJS_KEY (peerjsKey), or a token under AUTH=jwt", "a client of PeerJS is refused: %s", frame.Payload.Msg)
	}
	return "", broken("greeting", "does whatever else is at this address speak to clients by itself?", "a client of PeerJS was greeted with something else than OPEN")
}
