package apigw

import (
	"io"
	"net/http"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// manage serves @connections/{id}. A request need not be signed, unless Switches.Signed says so.
func (g *Gateway) manage(w http.ResponseWriter, r *http.Request, id string) {
	p := g.push(w, r, id)
	defer p.end()
	if !validID(id) {
		p.refused(http.StatusBadRequest, &trouble{
			why: quoted(id) + " is no connection's ID", do: "send requestContext.connectionId as it is, escaped once at most",
		})
		fail(p, http.StatusBadRequest, "BadRequestException", "Invalid connectionId: "+id)
		return
	}
	if !g.signedForRegion(p, r) || !g.signed(p, r) {
		return
	}
	if g.opt.Refuse != nil {
		if why := g.opt.Refuse(r.Header.Get("Authorization"), r.Method); why != "" {
			p.why = why // the log has it from where it was decided, once
			deny(p, why)
			return
		}
	}
	switch r.Method {
	case http.MethodPost:
		g.post(p, r, id)
	case http.MethodGet:
		c := g.find(id)
		if c == nil {
			p.gone()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(c.info())
	case http.MethodDelete:
		if !g.Delete(id) {
			p.gone()
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		p.noMethod("@connections/" + id)
	}
}

// deny answers whom no policy lets in. IAM spells Message with a capital.
func deny(w http.ResponseWriter, why string) {
	w.Header()["X-Amzn-ErrorType"] = []string{"AccessDeniedException"}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(append(rawjson.AppendString([]byte(`{"Message":`), why), '}'))
}

// post sends data to a client. 200 means that it was accepted, not that it arrived.
func (g *Gateway) post(p *push, r *http.Request, id string) {
	c := g.find(id)
	if c == nil {
		p.gone()
		return
	}
	buf := g.buffer()
	defer g.buffers.Put(buf)
	data, err := readUpTo((*buf)[:0], r.Body, maxMessage+1)
	*buf = data
	switch {
	case err != nil:
		p.over = true // the caller is gone
		return
	case len(data) > maxMessage:
		p.refused(http.StatusRequestEntityTooLarge, &trouble{why: "the message is over 128 KB", do: "send it in parts"})
		fail(p, http.StatusRequestEntityTooLarge, "PayloadTooLargeException", "Message too long")
		return
	}
	p.data = data
	defer p.end() // before somebody else has the buffer
	if g.opt.Weather.Active() && g.postInWeather(p, c, data) {
		return
	}
	switch c.deliver(data) {
	case gone:
		p.gone()
	case full:
		p.refused(http.StatusTooManyRequests, &trouble{
			why: "the client does not read, and 256 KB wait for it", do: "send it less, or close its connection",
		})
		fail(p, http.StatusTooManyRequests, "LimitExceededException", "")
	case accepted:
		p.WriteHeader(http.StatusOK)
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

// info is the answer to GET: lower camel case, times as RFC 3339 strings. Who signed the handshake
// is not in it.
func (c *conn) info() []byte {
	b := append([]byte(`{"connectedAt":"`), rfc3339(c.connectedAt)...)
	b = append(b, `","identity":{`...)
	b = c.appendSource(b)
	b = append(b, `},"lastActiveAt":"`...)
	b = append(b, rfc3339(c.lastActive.Load())...)
	return append(b, `"}`...)
}
