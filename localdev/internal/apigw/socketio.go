package apigw

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// again is how long the log and the console are not told the same again. Clients that are refused come
// back every few seconds.
const again = time.Minute

// Advise answers a request of a client of Socket.IO that cannot be served because of how the client was
// made, with the status that AWS answers, and in words what to write; the log and the console say it too.
// mount is the path of the stage that it should have asked for. It reports whether the request was one.
func (g *Gateway) Advise(w http.ResponseWriter, r *http.Request, mount string, status int) bool {
	text := misled(r, mount)
	if text == "" {
		return false
	}
	if g.tell(text, r) {
		span := g.opt.Trace.Begin(trace.Start{Kind: trace.Connect, API: g.api.Name, Route: "$connect", At: g.opt.Clock.Now()})
		span.Status(status)
		span.Fail(errors.New(text))
		span.End()
	}
	w.Header().Set("Access-Control-Allow-Origin", "*") // so that the client can show it
	message(w, status, text)
	return true
}

// tell has the log say it, and reports whether it was news.
func (g *Gateway) tell(text string, r *http.Request) bool {
	_, news := g.quiet.News(text, again, time.Now())
	if news {
		g.opt.Log.Warn("a client of Socket.IO is to be made otherwise", "why", text,
			"api", g.api.LogicalID, "asked", r.Method+" "+clean(r.URL.Path))
	}
	return news
}

// protocol finds what a client speaks. It may stand in another parameter's value: the path "/STAGE?p="
// has clients that put a slash behind every path ask for /STAGE?p=/?EIO=4.
var protocol = regexp.MustCompile(`(?:^|[&?])EIO=([^&]*)`)

// misled says what is wrong with a request if a client of Socket.IO sent it, and what its user is to
// write instead; "" if nothing is.
func misled(r *http.Request, mount string) string {
	query := r.URL.Query()
	version, transport := protocol.FindStringSubmatch(r.URL.RawQuery), query.Get("transport")
	if version == nil && transport != "polling" && transport != "websocket" {
		return ""
	}
	var wrong []string
	if transport == "polling" {
		wrong = append(wrong, "this is Socket.IO's HTTP polling, which a WebSocket API of API Gateway cannot serve")
	}
	switch path := r.URL.EscapedPath(); {
	case path == mount, mount == "" && path == "/":
	case path == mount+"/":
		wrong = append(wrong, fmt.Sprintf(`the path ends with a slash, which AWS may not take (before socket.io-client 4.6, `+
			`which has no addTrailingSlash: path: "%s?p=")`, mount))
	default:
		wrong = append(wrong, fmt.Sprintf("no stage has the path %.100s: the client asks for what its option path says, "+
			"/socket.io/ without it, and takes what stands behind the host in io(URL) for the namespace", path))
	}
	switch {
	case version == nil:
		wrong = append(wrong, "EIO is missing, by which clients say what they speak")
	case version[1] != "3" && version[1] != "4":
		wrong = append(wrong, "EIO is not 3 or 4, which the socket.io-clients 2.x, 3.x and 4.x send")
	}
	if wrong == nil {
		return ""
	}
	path := mount
	if path == "" {
		path = "/"
	}
	const write = `%s. Write io("ws://%s", { path: "%s", addTrailingSlash: false, transports: ["websocket"] })`
	return fmt.Sprintf(write, strings.Join(wrong, "; "), clean(r.Host), path)
}
