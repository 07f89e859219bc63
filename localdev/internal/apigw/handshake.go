package apigw

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawhead"
)

// handshake is a request to connect.
type handshake struct {
	*http.Request
	asked   map[string][]string // its headers, in the client's spelling
	headers map[string][]string // what the events have of them
}

// newHandshake reads the headers of a request that came for the stage at the path mount.
func (c *conn) newHandshake(r *http.Request, mount string, now time.Time) *handshake {
	h := &handshake{Request: r, asked: spelled(r)}
	h.headers = c.shown(h.asked, r.Header, now)
	if c.g.isDeep(mount) {
		h.headers = lower(h.headers)
	}
	return h
}

// spelled returns a request's headers as the client spelled them. A name that came in several
// spellings has that of the first: the order of the names in AWS's events is that of a map which
// takes them for one.
func spelled(r *http.Request) map[string][]string {
	asked := make(map[string][]string, len(r.Header)+5)
	if r.Context().Value(viaEdge{}) != nil { // a CloudFront Function has written them: each word begins with a capital
		maps.Copy(asked, r.Header)
		asked["Host"] = []string{r.Host}
		return asked
	}
	fields := rawhead.Fields(r, "Sec-Websocket-Key")
	if fields == nil {
		for name, values := range r.Header {
			asked[written(name)] = values
		}
		asked["Host"] = []string{r.Host}
		return asked
	}
	first := make(map[string]string, len(fields)) // spellings, by the name that net/http knows
	for _, f := range fields {
		known := http.CanonicalHeaderKey(f.Name)
		name, there := first[known]
		if !there {
			name = f.Name
			first[known] = name
		}
		asked[name] = append(asked[name], f.Value)
	}
	return asked
}

// written returns a header's name as clients and AWS spell it, where net/http spells it in another
// way.
func written(name string) string {
	if rest, ok := strings.CutPrefix(name, "Sec-Websocket-"); ok {
		return "Sec-WebSocket-" + rest
	}
	return name
}

// shown returns the headers of a $connect event: the client's, without those of the connection
// itself, and those that API Gateway adds, which it spells its own way.
func (c *conn) shown(asked map[string][]string, sent http.Header, now time.Time) map[string][]string {
	forwarded := c.sourceIP
	if before := sent.Values("X-Forwarded-For"); len(before) > 0 {
		forwarded = strings.Join(before, ", ") + ", " + forwarded
	}
	trace := sent.Get("X-Amzn-Trace-Id")
	if trace == "" {
		trace = traceID(now)
	}
	h := make(map[string][]string, len(asked)+5)
	for name, values := range asked {
		switch http.CanonicalHeaderKey(name) {
		case "Connection", "Upgrade", "Content-Length", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto",
			"X-Amzn-Trace-Id":
		case "Host":
			h[name] = []string{c.g.domain}
		default:
			h[name] = values
		}
	}
	h["X-Forwarded-For"] = []string{forwarded}
	h["X-Forwarded-Port"] = []string{"443"}
	h["X-Forwarded-Proto"] = []string{"https"}
	h["X-Amzn-Trace-Id"] = []string{trace}
	return h
}

// isDeep reports whether a path is that of an API mapping with several levels, for which AWS writes
// all names of headers in lower case.
func (g *Gateway) isDeep(mount string) bool {
	return mount != g.opt.Mount && strings.Count(mount, "/") > 1
}

func lower(headers map[string][]string) map[string][]string {
	h := make(map[string][]string, len(headers))
	for name, values := range headers {
		h[strings.ToLower(name)] = values
	}
	return h
}

func traceID(now time.Time) string {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails
	const hex = "0123456789abcdef"
	b := append([]byte("Root=1-"), strconv.FormatInt(now.Unix(), 16)...)
	b = append(b, '-')
	for _, c := range raw {
		b = append(b, hex[c>>4], hex[c&15])
	}
	return string(b)
}
