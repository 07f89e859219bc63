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
	authorization := r.Header.Get("Authorization")
	from := sender{init: init, refuse: func(operation string) string {
		if p.Refuse == nil {
			return ""
		}
		return p.Refuse(authorization, operation, body)
	}, span: func() *trace.Span {
		if p.Span == nil || init {
			return nil
		}
		return p.Span(authorization)
	}}
	a := p.carryOut(r.Context(), r.Method, r.Header, body, from)
	for name, values := range a.header {
		w.Header()[name] = values
	}
	write(w, a.status, a.body)
}

// sender is who a request comes from.
type sender struct {
	direct bool                          // API Gateway itself
	init   bool                          // it is part of a function's start
	refuse func(operation string) string // why it may not have it, "" if it may
	span   func() *trace.Span            // what it works on, once there is an answer; nil is nothing that is kept
}

// answer is what a request gets.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func failed(status int, body []byte) answer {
	return answer{status, http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, body}
}

// Call carries out an operation that no function asks for but the emulator itself, on behalf of
// what ctx traces: it is metered, and is as bad weather as any. why says that it may not be, ""
// that it may.
func (p *Proxy) Call(ctx context.Context, operation string, body []byte, why string) (status int, result []byte) {
	header := http.Header{
		"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"DynamoDB_20120810." + operation},
		// Engines want a signature and do not look into it: the request is changed on its way.
		"Authorization": {"AWS4-HMAC-SHA256 Credential=localdev/20260101/us-east-1/dynamodb/aws4_request, " +
			"SignedHeaders=host;x-amz-date, Signature=localdev"},
		"X-Amz-Date": {"20260101T000000Z"},
	}
	a := p.carryOut(ctx, http.MethodPost, header, body, sender{
		direct: true,
		refuse: func(string) string { return why },
		span:   func() *trace.Span { return trace.From(ctx) },
	})
	return a.status, a.body
}

// carryOut passes a request on to the engine.
func (p *Proxy) carryOut(ctx context.Context, method string, header http.Header, body []byte, from sender) answer {
	began := time.Now()
	target := header.Get("X-Amz-Target")
	_, operation, _ := strings.Cut(target, ".")
	if why := from.refuse(operation); why != "" {
		p.trace(from, operation, body, began, http.StatusBadRequest, 0, 0)
		return failed(http.StatusBadRequest, deniedBody(why))
	}
	storm, refusal, status := p.Storm.begin(ctx, target, body)
	if refusal != nil {
		p.trace(from, operation, body, began, status, 0, 0)
		return failed(status, refusal)
	}
	ex := newExchange(target, body)
	longer, cancel := outlive(ctx)
	defer cancel()
	resp, err := p.forward(longer, method, header, ex.request)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			p.Log.Error("the DynamoDB engine does not answer", "err", err)
		}
		return failed(http.StatusInternalServerError,
			errorBody("InternalServerError", "localdev: the DynamoDB engine does not answer"))
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return failed(http.StatusInternalServerError, errorBody("InternalServerError", "localdev: "+err.Error()))
	}
	visible, wru, rru := ex.settle(resp.StatusCode, raw)
	if wru != 0 || rru != 0 {
		p.Meter.Consumed(wru, rru, from.init)
		p.heat(longer, operation, body, wru, rru)
	}
	visible, status = p.Storm.end(storm, resp.StatusCode, visible)
	p.trace(from, operation, body, began, status, wru, rru)
	a := answer{status, http.Header{}, visible}
	for name, values := range resp.Header {
		switch name {
		case "Content-Length", "Connection", "Transfer-Encoding", "Date":
		case "X-Amz-Crc32":
			a.header[name] = []string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(visible)), 10)}
		default:
			a.header[name] = values
		}
	}
	return a
}

func (p *Proxy) forward(ctx context.Context, method string, header http.Header, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
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
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	write(w, status, errorBody(typ, message))
}

// deniedBody is of the service framework's making, and so spelled otherwise than DynamoDB's own errors.
func deniedBody(why string) []byte {
	b := []byte(`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":`)
	return append(rawjson.AppendString(b, why), '}')
}

// write answers with a Content-Length, as DynamoDB does: net/http has one of its own only for what is short.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
