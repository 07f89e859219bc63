package apigw

import (
	"io"
	"net/http"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// manage serves @connections/{id}. A request need not be signed, unless Switches.Signed says so.
func (g *Gateway) manage(w http.ResponseWriter, r *http.Request, id string) {
	if !validID(id) {
		fail(w, http.StatusBadRequest, "BadRequestException", "Invalid connectionId: "+id)
		return
	}
	if !g.signed(w, r) {
		return
	}
	if g.opt.Refuse != nil {
		if why := g.opt.Refuse(r.Header.Get("Authorization"), r.Method); why != "" {
			g.deny(w, r, id, why)
			return
		}
	}
	switch r.Method {
	case http.MethodPost:
		g.post(w, r, id)
	case http.MethodGet:
		c := g.find(id)
		if c == nil {
			isGone(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(c.info())
	case http.MethodDelete:
		if !g.Delete(id) {
			isGone(w)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		g.noMethod(w, r, "@connections/"+id)
	}
}

// noMethod answers a request to @connections that is none: a path too long or too short behind the
// stage, or a method that it does not have.
func (g *Gateway) noMethod(w http.ResponseWriter, r *http.Request, rest string) {
	g.opt.Log.Warn("no request to @connections, as AWS would answer", "method", r.Method, "path", r.URL.Path,
		"do", "let the SDK's endpoint end in the stage, without a slash or anything else behind it")
	route := unescape(strings.TrimPrefix(rest, "/"))
	fail(w, http.StatusNotFound, "NotFoundException", "No method found matching route "+route+" for http method "+r.Method+".")
}

// deny answers whom no policy lets in. IAM spells Message with a capital.
func (g *Gateway) deny(w http.ResponseWriter, r *http.Request, id, why string) {
	if r.Method == http.MethodPost {
		defer g.tracePush(&w, r, id, nil)()
	}
	w.Header()["X-Amzn-ErrorType"] = []string{"AccessDeniedException"}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(append(rawjson.AppendString([]byte(`{"Message":`), why), '}'))
}

// post sends data to a client. 200 means that it was accepted, not that it arrived.
func (g *Gateway) post(w http.ResponseWriter, r *http.Request, id string) {
	c := g.find(id)
	if c == nil {
		defer g.tracePush(&w, r, id, nil)()
		isGone(w)
		return
	}
	buf := g.buffer()
	defer g.buffers.Put(buf)
	data, err := readUpTo((*buf)[:0], r.Body, maxMessage+1)
	*buf = data
	switch {
	case err != nil:
		return // the caller is gone
	case len(data) > maxMessage:
		fail(w, http.StatusRequestEntityTooLarge, "PayloadTooLargeException", "Message too long")
		return
	}
	defer g.tracePush(&w, r, id, data)()
	if g.opt.Weather.Active() && g.postInWeather(w, c, data) {
		return
	}
	switch c.deliver(data) {
	case gone:
		isGone(w)
	case full:
		fail(w, http.StatusTooManyRequests, "LimitExceededException", "")
	case accepted:
		w.WriteHeader(http.StatusOK)
	}
}

func readUpTo(b []byte, r io.Reader, limit int) ([]byte, error) {
	for len(b) < limit {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(cap(b), limit)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// isGone answers 410. Its body is empty: the type is in the header only.
func isGone(w http.ResponseWriter) {
	w.Header()["X-Amzn-ErrorType"] = []string{"GoneException"}
	w.WriteHeader(http.StatusGone)
}

func fail(w http.ResponseWriter, status int, typ, text string) {
	w.Header()["X-Amzn-ErrorType"] = []string{typ}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if text == "" {
		_, _ = io.WriteString(w, "{}")
		return
	}
	body := rawjson.AppendString([]byte(`{"message":`), clean(text))
	_, _ = w.Write(append(body, '}'))
}

// info is the answer to GET: lower camel case, times as RFC 3339 strings. Who signed the handshake is not in it.
func (c *conn) info() []byte {
	b := append([]byte(`{"connectedAt":"`), rfc3339(c.connectedAt)...)
	b = append(b, `","identity":{`...)
	b = c.appendSource(b)
	b = append(b, `},"lastActiveAt":"`...)
	b = append(b, rfc3339(c.lastActive.Load())...)
	return append(b, `"}`...)
}
