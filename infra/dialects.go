package infra

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The protocols that can be served.
const (
	DialectParley   = "parley" // whether it is named or not
	DialectYWebRTC  = "y-webrtc"
	DialectPeerJS   = "peerjs"
	DialectSocketIO = "socket.io"
	DialectSIP      = "sip"
)

func allDialects() []string {
	return []string{DialectParley, DialectYWebRTC, DialectPeerJS, DialectSocketIO, DialectSIP}
}

func (p Props) serves(dialect string) bool { return slices.Contains(p.Dialects, dialect) }

var peerJSKey = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,256}$`)

func (p Props) checkDialects() error {
	for i, name := range p.Dialects {
		switch {
		case !slices.Contains(allDialects(), name):
			return fmt.Errorf("dialects %q: want names of %s", name, strings.Join(allDialects(), ", "))
		case slices.Contains(p.Dialects[:i], name):
			return fmt.Errorf("dialects: %s is named twice", name)
		}
	}
	if !peerJSKey.MatchString(p.PeerJSKey) {
		return fmt.Errorf("peerjsKey %q: want 1 to 256 letters, digits, and - . _ ~, as clients send it in a URL", p.PeerJSKey)
	}
	return nil
}

// greets reports whether clients are served that wait for the server to speak first, which
// functions/message does then.
func (p Props) greets() bool { return p.serves(DialectPeerJS) || p.serves(DialectSocketIO) }

// admitsLater reports whether clients are served that may bring their token when they are connected
// already, which functions/message looks at then.
func (p Props) admitsLater() bool { return p.serves(DialectSocketIO) && p.Auth == AuthJWT }
