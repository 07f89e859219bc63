package apigw

import (
	"io"
	"net/http"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

// manage serves @connections/{id}. A request need not be signed, unless Switches.Signed says so.
func (g *Gateway) manage(w http.ResponseWriter, r *http.Request, id string) {
	buf := g.buffer()
	defer g.buffers.Put(buf)
	p := g.pushed(r, id)
	p.buf = buf
	a := p.answer()
	if p.end(a); !p.unheard {
		a.write(w)
	}
}

// Post is manage for a POST that came over rawhttp; id is escaped. It is not for where requests
// must be signed.
func (g *Gateway) Post(r *rawhttp.Request, id []byte, w *rawhttp.Reply) {
	if !g.enter() {
		isEnding.send(w)
		return
	}
	defer g.handlers.Done()
	p := push{
		g: g, method: http.MethodPost, authorization: string(r.Header("Authorization")), id: unescape(string(id)),
		began: time.Now(), buf: &r.Body,
	}
	a := p.answer()
	p.end(a)
	a.send(w)
}

// answer decides what is answered, and does what is asked for.
func (p *push) answer() reply {
	g := p.g
	if !validID(p.id) {
		return p.refuse(failure(http.StatusBadRequest, "BadRequestException", "Invalid connectionId: "+p.id), &trouble{
			why: quoted(p.id) + " is no connection's ID", do: "send requestContext.connectionId as it is, escaped once at most",
		})
	}
	if a, refused := p.foreign(); refused {
		return a
	}
	if a, refused := p.unsigned(); refused {
		return a
	}
	if g.opt.Refuse != nil {
		if why := g.opt.Refuse(p.authorization, p.method); why != "" {
			p.why = why // the log has it from where it was decided, once
			return denied(why)
		}
	}
	switch p.method {
	case http.MethodPost:
		return p.post()
	case http.MethodGet:
		if c := g.find(p.id); c != nil {
			return reply{status: http.StatusOK, body: c.info()}
		}
		return p.gone()
	case http.MethodDelete:
		if g.Delete(p.id) {
			return reply{status: http.StatusNoContent}
		}
		return p.gone()
	}
	return p.noMethod("@connections/" + p.id)
}

// post sends data to a client. 200 means that it was accepted, not that it arrived.
func (p *push) post() reply {
	g := p.g
	c := g.find(p.id)
	if c == nil {
		return p.gone()
	}
	data, err := p.body()
	switch {
	case err != nil:
		p.unheard = true
		return reply{}
	case len(data) > maxMessage:
		return p.refuse(failure(http.StatusRequestEntityTooLarge, "PayloadTooLargeException", "Message too long"),
			&trouble{why: "the message is over 128 KB", do: "send it in parts"})
	}
	p.data = data
	if g.opt.Weather.Active() {
		if a, answered := p.inWeather(c); answered {
			return a
		}
	}
	switch c.deliver(data, sendTry) {
	case gone:
		return p.gone()
	case full:
		return p.refuse(failure(http.StatusTooManyRequests, "LimitExceededException", ""), &trouble{
			why: "the client does not read, and 256 KB wait for it", do: "send it less, or close its connection",
		})
	case accepted:
	}
	return reply{status: http.StatusOK}
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
