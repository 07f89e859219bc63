package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// IO is how an app makes its client of Socket.IO, as far as it decides where that connects.
type IO struct {
	scheme, host string
	namespace    string
	path         string // without its last slash
	slash        bool   // the client puts one behind it
	polls        bool
	protocol     string // EIO, "" if it does not show
}

const ownPath = "/socket.io" // of clients that are told none

// The parts of a call as JavaScript writes it.
var (
	callee    = regexp.MustCompile(`\b(?:io|connect|lookup|Manager)\s*\(`)
	firstText = regexp.MustCompile("\\(\\s*[\"'`]([^\"'`]*)[\"'`]")
	pathIs    = regexp.MustCompile("\\bpath[\"']?\\s*:\\s*[\"'`]([^\"'`]*)[\"'`]")
	noSlash   = regexp.MustCompile(`\baddTrailingSlash["']?\s*:\s*false\b`)
	transport = regexp.MustCompile("\\btransports[\"']?\\s*:\\s*\\[\\s*[\"'`](\\w+)")
	eio       = regexp.MustCompile(`(?:^|[&?])EIO=([^&]*)`)
)

// ReadIO reads a call of io() out of an app, or the URL of a request that its client made, as a
// browser's list of requests shows it. It returns nil for any other URL, which is the stage's.
func ReadIO(text string) (*IO, error) {
	if callee.MatchString(text) {
		return readCall(text)
	}
	u, err := url.Parse(text)
	if err != nil || !eio.MatchString(u.RawQuery) && !u.Query().Has("transport") {
		return nil, nil //nolint:nilerr // the check of the address says it
	}
	io := &IO{scheme: webSocket(u.Scheme), host: u.Host, namespace: "/", polls: u.Query().Get("transport") == "polling"}
	io.path, io.slash = strings.CutSuffix(u.Path, "/")
	if m := eio.FindStringSubmatch(u.RawQuery); m != nil {
		io.protocol = m[1]
	}
	return io, nil
}

func readCall(text string) (*IO, error) {
	io := &IO{namespace: "/", path: ownPath, slash: !noSlash.MatchString(text), polls: true}
	m := firstText.FindStringSubmatch(text)
	if m == nil {
		return nil, errors.New(`the call of io() has no URL: write the address of its page into it, io("https://HOST")`)
	}
	address := m[1]
	if !strings.Contains(address, "//") {
		address = "//" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the URL %q of io() has no host: write that of the page in front of it", m[1])
	}
	io.scheme, io.host = webSocket(u.Scheme), u.Host
	if u.Path != "" {
		io.namespace = u.Path
	}
	if m := pathIs.FindStringSubmatch(text); m != nil {
		trick := false
		if io.path, _, trick = strings.Cut(m[1], "?"); trick {
			io.slash = false // it is in the query
		}
		io.path = "/" + strings.Trim(io.path, "/")
	}
	if m := transport.FindStringSubmatch(text); m != nil {
		io.polls = m[1] != "websocket"
	}
	return io, nil
}

func webSocket(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "ws"
	}
	return "wss"
}

// URL is that of the stage that the client is meant to reach, as far as the call says.
func (io *IO) URL() string { return io.scheme + "://" + io.host + strings.TrimSuffix(io.path, "/") }

// call writes the call that reaches a stage.
func (io *IO) call(stage, namespace string) string {
	path := stage
	if path == "" {
		path = "/"
	}
	const options = `{ path: "%s", addTrailingSlash: false, transports: ["websocket"] }`
	return fmt.Sprintf(`io("%s://%s%s", `+options+`)`, io.scheme, io.host, strings.TrimSuffix(namespace, "/"), path)
}

// client looks at how the app makes its client, and sets the URL of the stage.
func (e *examination) client(ctx context.Context) (string, error) {
	io := e.IO
	if io == nil {
		u, err := url.Parse(e.URL)
		if err != nil {
			return "", err // the next check has words for it
		}
		e.IO = &IO{scheme: webSocket(u.Scheme), host: u.Host, namespace: "/"}
		return "write " + e.IO.call(u.Path, "/"), nil
	}
	var options, said []string
	add := func(option, what string) {
		options, said = append(options, option), append(said, what)
	}
	stage, namespace := io.path, io.namespace
	switch {
	case stage == ownPath && !e.answers(ctx, io.URL()+"/"):
		if e.nowhere = namespace == "/"; e.nowhere {
			return "", broken("path of io()", "write "+io.call("/STAGE", "/")+" with the name of the stage",
				"the client asks for /socket.io/, and there is nothing")
		}
		stage, namespace = namespace, "/"
		add("path", "it asks for /socket.io/, where there is nothing, as "+stage+" behind the host is the namespace")
	case stage != "" && stage == namespace:
		namespace = "/"
		add("URL", stage+" behind the host is no path, but the namespace")
	}
	e.URL = io.scheme + "://" + io.host + stage
	if io.polls {
		add("transports", "it polls by HTTP first, and API Gateway has WebSockets alone")
	}
	if io.slash && io.path != ownPath {
		add("addTrailingSlash", "it asks for "+stage+"/, and AWS may not take the slash "+
			`(before socket.io-client 4.6 write path: "`+stage+`?p=" for that)`)
	}
	if io.protocol != "" && io.protocol != "3" && io.protocol != "4" {
		add("version", "its EIO is "+io.protocol+": take socket.io-client 2.x, 3.x or 4.x")
	}
	io.namespace = namespace
	if namespace != "/" {
		said = append(said, "what stands behind the host, "+namespace+", is its namespace")
	}
	if options == nil {
		return strings.Join(append([]string{"it connects by WebSocket at " + stage}, said...), "; "), nil
	}
	setting := strings.Join(options, ", ") + " of io()"
	return "", broken(setting, "write "+io.call(stage, namespace), "%s", strings.Join(said, "; "))
}

// answers reports whether a client of Socket.IO is let in there.
func (e *examination) answers(ctx context.Context, address string) bool {
	there := &examination{Options: e.Options}
	there.URL, there.Logs = address, nil
	socket, err := there.dialAs(ctx, engine)
	if err != nil {
		return false
	}
	_ = socket.CloseNow()
	return true
}
