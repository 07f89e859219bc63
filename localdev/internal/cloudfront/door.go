package cloudfront

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// edge is where requests come from that CloudFront forwards: an address that nobody has (RFC 5737).
const edge = "203.0.113.1"

// Door is a distribution with one behaviour.
type Door struct {
	Function *Function
	Methods  []string     // that the behaviour allows
	Prefix   string       // OriginPath
	Origin   http.Handler // gets what the function does not answer
	Log      *slog.Logger
}

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(d.Methods, r.Method) {
		say(w, http.StatusForbidden, "The distribution's AllowedMethods have no "+r.Method+".")
		return
	}
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	id := requestID()
	a, err := d.Function.run(newEvent(r, id, ip))
	if err != nil {
		d.Log.Error("the CloudFront function failed, which CloudFront answers with 503", "method", r.Method, "err", err)
		say(w, http.StatusServiceUnavailable, "The CloudFront function failed: localdev's log says why.")
		return
	}
	forwarded, err := d.apply(r, a, id, ip)
	switch {
	case err != nil:
		d.Log.Error("CloudFront does not take what its function returned, and answers 502", "method", r.Method, "err", err)
		say(w, http.StatusBadGateway, "What the CloudFront function returned is not valid: localdev's log says why.")
	case forwarded == nil:
		a.respond(w)
	default:
		d.Origin.ServeHTTP(w, forwarded)
	}
}

// apply returns the request for the origin, nil where the function has answered.
func (d *Door) apply(r *http.Request, a answer, id, ip string) (*http.Request, error) {
	if err := a.check(r.Method); err != nil || a.Status != nil {
		return nil, err
	}
	return d.forward(r, a, id, ip)
}

// say answers in the distribution's name, to pages of others as well: they could not read it
// otherwise.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.Error(w, text, status)
}

// requestID is as opaque as CloudFront's.
func requestID() string {
	var raw [40]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.URLEncoding.EncodeToString(raw[:])
}

func newEvent(r *http.Request, id, ip string) event {
	e := event{
		Version: "1.0",
		Context: eventContext{Domain: r.Host, ID: "LOCALDEV", Type: "viewer-request", Run: id},
		Viewer:  map[string]any{"ip": ip},
		Request: eventRequest{
			Method: r.Method, URI: r.URL.EscapedPath(),
			Query: []pair{}, Headers: []pair{{"host", r.Host}}, Cookies: []pair{},
		},
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		e.RawQuery = &r.URL.RawQuery
	}
	for parameter := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, value, _ := strings.Cut(parameter, "="); parameter != "" {
			e.Request.Query = append(e.Request.Query, pair{name, value})
		}
	}
	for cookie := range strings.SplitSeq(strings.Join(r.Header["Cookie"], ";"), ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(cookie), "="); ok {
			e.Request.Cookies = append(e.Request.Cookies, pair{name, value})
		}
	}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		if hidden(name) || name == "cookie" {
			continue
		}
		for _, value := range values {
			e.Request.Headers = append(e.Request.Headers, pair{name, value})
		}
	}
	return e
}

// check says what CloudFront would not take.
func (a answer) check(method string) error {
	switch {
	case a.Status == nil && a.URI == nil:
		return fmt.Errorf("it has neither a statusCode nor a uri")
	case a.Status != nil && (*a.Status < 200 || *a.Status > 599):
		return fmt.Errorf("statusCode %d", *a.Status)
	case a.Status == nil && a.Method != method:
		return fmt.Errorf("method %q: a function cannot change it", a.Method)
	case a.Status == nil && !strings.HasPrefix(*a.URI, "/"):
		return fmt.Errorf("uri %q: want one that begins with /", *a.URI)
	}
	for _, h := range a.Headers {
		if hidden(strings.ToLower(h[0])) || h[0] != strings.ToLower(h[0]) {
			return fmt.Errorf("header %q: a function cannot set it, or its name is not in lower case", h[0])
		}
	}
	if a.Body != nil && a.Body.Encoding != "text" && a.Body.Encoding != "base64" {
		return fmt.Errorf("body with the encoding %q: want text or base64", a.Body.Encoding)
	}
	if _, err := a.body(); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

func (a answer) body() ([]byte, error) {
	switch {
	case a.Body == nil:
		return nil, nil
	case a.Body.Encoding == "base64":
		return base64.StdEncoding.DecodeString(a.Body.Data)
	}
	return []byte(a.Body.Data), nil
}

func (a answer) respond(w http.ResponseWriter) {
	for _, h := range a.Headers {
		w.Header().Add(h[0], h[1])
	}
	for _, c := range a.Cookies {
		w.Header().Add("Set-Cookie", c[0]+"="+c[1])
	}
	w.WriteHeader(*a.Status)
	if body, err := a.body(); err == nil {
		_, _ = w.Write(body) // a failure is the client's, which is gone or has no use for it
	}
}

// forward is the request that the origin gets, with all of the viewer's headers but Host.
func (d *Door) forward(r *http.Request, a answer, id, ip string) (*http.Request, error) {
	target := d.Prefix + *a.URI
	if a.Query != "" {
		target += "?" + a.Query
	}
	to, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("uri and querystring: %w", err)
	}
	out := r.Clone(r.Context())
	out.URL, out.RequestURI = to, target
	out.RemoteAddr = net.JoinHostPort(edge, "443")
	for name := range r.Header {
		if !hidden(strings.ToLower(name)) {
			out.Header.Del(name)
		}
	}
	for _, h := range a.Headers {
		if h[0] != "host" {
			out.Header.Add(h[0], h[1])
		}
	}
	var cookies []string
	for _, c := range a.Cookies {
		cookies = append(cookies, c[0]+"="+c[1])
	}
	if len(cookies) > 0 {
		out.Header.Set("Cookie", strings.Join(cookies, "; "))
	}
	before := ""
	if list := out.Header.Values("X-Forwarded-For"); len(list) > 0 {
		before = strings.Join(list, ", ") + ", "
	}
	out.Header.Set("X-Forwarded-For", before+ip)
	out.Header.Set("Via", "1.1 localdev.cloudfront.net (CloudFront)")
	out.Header.Set("X-Amz-Cf-Id", id)
	return out, nil
}
