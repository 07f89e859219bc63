package dynamo

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// Units is told what each request consumed.
type Units interface {
	Consumed(wru, rru float64, init bool)
}

// Proxy is the DynamoDB endpoint that functions see. It passes requests on and adds up what they consume: it asks for
// ConsumedCapacity where the client did not, and takes it out of the answer again.
type Proxy struct {
	URL    string // the engine
	HTTP   *http.Client
	Meter  Units
	OfInit func(http.Header) bool // says of a request that comes in whether it is part of its function's start
	Log    *slog.Logger
	Span   func(authorization string) *trace.Span // what the sender of a request works on; nil keeps nothing
	// Refuse says why the sender of a request may not have it, "" if it may; nil refuses nothing.
	Refuse func(authorization, operation string, body []byte) string
	Storm  Storm
	Heat   Heat // without a Clock it notes nothing
}

// Serves reports whether r is a request of DynamoDB's API.
func Serves(r *http.Request) bool {
	target := r.Header.Get("X-Amz-Target")
	return strings.HasPrefix(target, "DynamoDB_20120810.") || strings.HasPrefix(target, "DynamoDBStreams_20120810.")
}

// maxRequest is DynamoDB's limit for the body of a request, in bytes.
const maxRequest = 16 * 1024 * 1024

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	init := p.OfInit(r.Header) // now: by the time it is answered the function may have an event
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return // the client is gone
	}
	if len(body) > maxRequest {
		failure(w, http.StatusRequestEntityTooLarge, "SerializationException", "request is over 16 MB")
		return
	}
	began := time.Now()
	if p.Refuse != nil {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if why := p.Refuse(r.Header.Get("Authorization"), operation, body); why != "" {
			p.trace(r, init, body, began, http.StatusBadRequest, 0, 0)
			reply(w, http.StatusBadRequest, deniedBody(why))
			return
		}
	}
	storm, refusal, status := p.Storm.begin(r.Context(), r.Header.Get("X-Amz-Target"), body)
	if refusal != nil {
		p.trace(r, init, body, began, status, 0, 0)
		reply(w, status, refusal)
		return
	}
	ex := newExchange(r.Header.Get("X-Amz-Target"), body)
	ctx, cancel := outlive(r.Context())
	defer cancel()
	resp, err := p.forward(ctx, r, ex.request)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			p.Log.Error("the DynamoDB engine does not answer", "err", err)
		}
		failure(w, http.StatusInternalServerError, "InternalServerError", "localdev: the DynamoDB engine does not answer")
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		failure(w, http.StatusInternalServerError, "InternalServerError", "localdev: "+err.Error())
		return
	}
	visible, wru, rru := ex.settle(resp.StatusCode, answer)
	if wru != 0 || rru != 0 {
		p.Meter.Consumed(wru, rru, init)
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		p.heat(ctx, operation, body, wru, rru)
	}
	visible, status = p.Storm.end(storm, resp.StatusCode, visible)
	p.trace(r, init, body, began, status, wru, rru)
	h := w.Header()
	for name, values := range resp.Header {
		switch name {
		case "Content-Length", "Connection", "Transfer-Encoding", "Date":
		case "X-Amz-Crc32":
			h[name] = []string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(visible)), 10)}
		default:
			h[name] = values
		}
	}
	write(w, status, visible)
}

func (p *Proxy) forward(ctx context.Context, r *http.Request, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, p.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		switch name {
		case "Connection", "Content-Length", "Accept-Encoding": // answers are read, so not compressed
		default:
			req.Header[name] = values
		}
	}
	return p.HTTP.Do(req)
}

// afterlife is how long an engine may take with a request whose sender is gone.
const afterlife = time.Second

// outlive returns a context that ends a while after ctx: what has arrived is carried out, and charged, whether or not its
// sender lives to see the answer.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(afterlife, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

func failure(w http.ResponseWriter, status int, typ, message string) {
	reply(w, status, errorBody(typ, message))
}

// deniedBody is of the service framework's making, and so spelled otherwise than DynamoDB's own errors.
func deniedBody(why string) []byte {
	b := []byte(`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":`)
	return append(rawjson.AppendString(b, why), '}')
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	write(w, status, body)
}

// write answers with a Content-Length, as DynamoDB does: net/http has one of its own only for what is short.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
