package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
)

// greeting connects as a client of PeerJS does: it says nothing before the server has.
func (e *examination) greeting(ctx context.Context) (string, error) {
	socket, err := e.dialAs(ctx, map[string]string{"key": e.PeerJSKey, "id": "doctor-" + rand.Text()[:10], "token": rand.Text()})
	if err != nil {
		return "", err
	}
	defer func() { _ = socket.CloseNow() }()
	step, cancel := e.step(ctx)
	defer cancel()
	_, raw, err := socket.Read(step)
	if err != nil {
		return "", e.unheard(ctx, "PeerJS", "peerjs")
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
