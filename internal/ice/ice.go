// Package ice reads lists of WebRTC's RTCIceServer, and takes what a browser takes.
package ice

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Server is an RTCIceServer.
type Server struct {
	URLs       []string
	Username   string
	Credential string
}

// RFC 7064 has the grammar of stun: and stuns:, RFC 7065 that of turn: and turns:. Neither has the two slashes. The functions
// start without those that they do not need.
var (
	stun = pattern(`^stuns?:([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?$`)
	turn = pattern(`^turns?:([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?$`)
)

func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// IsTURN reports whether a URL is one of a TURN server.
func IsTURN(url string) bool { return strings.HasPrefix(url, "turn") && turn().MatchString(url) }

// Parse reads a JSON list of RTCIceServer, whose urls may be one string or several. A browser makes no connection at all
// with a list of which it cannot use one entry.
func Parse(list string) ([]Server, error) {
	var entries []struct {
		URLs       json.RawMessage `json:"urls"`
		Username   string          `json:"username"`
		Credential string          `json:"credential"`
	}
	if err := json.Unmarshal([]byte(list), &entries); err != nil {
		return nil, errors.New(`want a JSON list such as [{"urls":["stun:stun.example.org"]}]`)
	}
	servers := make([]Server, len(entries))
	for i, e := range entries {
		var one string
		var urls []string
		if json.Unmarshal(e.URLs, &one) == nil {
			urls = []string{one}
		} else if json.Unmarshal(e.URLs, &urls) != nil || len(urls) == 0 {
			return nil, fmt.Errorf("entry %d: urls: want a string or a list of strings", i)
		}
		servers[i] = Server{URLs: urls, Username: e.Username, Credential: e.Credential}
		if err := servers[i].check(); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return servers, nil
}

func (s Server) check() error {
	for _, url := range s.URLs {
		switch {
		case IsTURN(url):
			if s.Username == "" || s.Credential == "" {
				return fmt.Errorf("%q: want username and credential, without which no browser takes a TURN server", url)
			}
		case strings.HasPrefix(url, "stun:"), strings.HasPrefix(url, "stuns:"):
			if !stun().MatchString(url) {
				return fmt.Errorf("%q: want stun:HOST or stun:HOST:PORT", url)
			}
		case strings.HasPrefix(url, "turn:"), strings.HasPrefix(url, "turns:"):
			return fmt.Errorf("%q: want turn:HOST or turn:HOST:PORT, and ?transport=udp or tcp if need be", url)
		default:
			return fmt.Errorf("%q: want stun:, stuns:, turn: or turns: at its beginning", url)
		}
	}
	return nil
}
