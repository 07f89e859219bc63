package socketio_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/signaling"
)

func TestWhoIsAClientOfSocketIO(t *testing.T) {
	for query, want := range map[string]string{
		"EIO=4&transport=websocket":                                       `{"v":4}`,
		"EIO=3&transport=websocket&b64=1&t=abc":                           `{"v":3,"f":true}`,
		"p=/?EIO=3&transport=websocket":                                   `{"v":3,"f":true}`,
		"p=/?parley=1&EIO=4&transport=websocket":                          `{"v":4,"f":true}`,
		"dialect=socket.io":                                               `{"v":4}`,
		"room=r1&EIO=4&transport=websocket&token=s3cret":                  `{"v":4,"q":"room=r1"}`,
		"recipe=group&path=/socket.io/&EIO=4&transport=websocket&b=2&a=1": `{"v":4,"q":"a=1\u0026b=2","r":"group"}`,
		"EIO=4&transport=polling":                                         "",
		"EIO=2&transport=websocket":                                       "",
		"key=peerjs&id=a&token=b":                                         "",
		"":                                                                "",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		g, mine := socketio.New().Greet(signaling.Handshake{Header: http.Header{}, Query: values})
		if mine != (want != "") || g.State != want || mine && !g.Opener {
			t.Errorf("%s: got %q, %t, want %q", query, g.State, mine, want)
		}
	}
}
