package lambda

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

// maxRaw is the longest response that is read here, in bytes.
const maxRaw = 1 << 20

// direct is how long an event may be to be written by whoever submits it: a connection takes that
// much, though nobody reads.
const direct = 32 * 1024

// rawAPI is the part of the Runtime API that each event needs, for clients that write plainly:
// asking for it, and answering it. The rest is runtimeAPI's, and so is all that comes after it on
// its connection.
type rawAPI struct{ in *instance }

const (
	nextPath       = apiPrefix + "invocation/next"
	responsePrefix = apiPrefix + "invocation/"
	responseSuffix = "/response"
)

// Claims implements rawhttp.Handler.
func (a rawAPI) Claims(r *rawhttp.Request) bool {
	switch string(r.Method) {
	case http.MethodGet:
		return string(r.Target) == nextPath
	case http.MethodPost:
		return answeredID(r.Target) != nil
	}
	return false
}

// answeredID is the request ID in the path of a response, nil if it is another's. That it is the
// present event's will be seen.
func answeredID(target []byte) []byte {
	id, ok := bytes.CutPrefix(target, []byte(responsePrefix))
	if !ok {
		return nil
	}
	if id, ok = bytes.CutSuffix(id, []byte(responseSuffix)); !ok || bytes.ContainsAny(id, "/%?") {
		return nil
	}
	return id
}

// Serve implements rawhttp.Handler.
func (a rawAPI) Serve(r *rawhttp.Request, w *rawhttp.Reply) {
	if string(r.Method) == http.MethodGet {
		a.next(w)
		return
	}
	inv, err := a.in.pool.answer(a.in, answeredID(r.Target), nil)
	if err != nil {
		a.refuse(w, err)
		return
	}
	// The function goes on first, and then its caller: what is in Body is good until this returns.
	_ = w.Answer(http.StatusAccepted, jsonField, []byte(accepted))
	inv.done(r.Body, nil)
}

// next lets the instance wait. Whoever submits an event then writes it; this goroutine goes on to
// see whether the function is still there.
func (a rawAPI) next(w *rawhttp.Reply) {
	in := a.in
	w.Later(in.abandoned)
	inv, err := in.pool.next(in, w)
	switch {
	case err != nil:
		a.refuse(w, err)
	case inv != nil:
		in.give(w, inv)
	default:
		in.freeze()
	}
}

func (a rawAPI) refuse(w *rawhttp.Reply, err error) {
	status, typ, message := refusal(err)
	_ = w.Answer(status, jsonField, newError(typ, message).Payload)
}

var jsonField = rawhttp.AppendField(nil, "Content-Type", "application/json")

// hand gives an event to an instance that waited for it, and has its process go on. It does not
// wait for that.
func (in *instance) hand(inv *invocation) {
	turn := in.frost.over()
	switch {
	case inv.to == nil:
		in.work <- inv
	case len(inv.event) > direct:
		go in.give(inv.to, inv)
	default:
		in.give(inv.to, inv)
	}
	in.thaw(turn)
}

var heads = sync.Pool{New: func() any { return new([]byte) }}

// give writes an event. If the process is gone, its end settles it.
func (in *instance) give(w *rawhttp.Reply, inv *invocation) {
	head := heads.Get().(*[]byte)
	defer heads.Put(head)
	b := append((*head)[:0], jsonField...)
	b = rawhttp.AppendField(b, "Lambda-Runtime-Aws-Request-Id", inv.id)
	if inv.call != nil && inv.call.ClientContext != "" {
		b = rawhttp.AppendField(b, "Lambda-Runtime-Client-Context", inv.call.ClientContext)
	}
	b = append(b, "Lambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, inv.deadline.UnixMilli(), 10)
	b = append(b, "\r\n"...)
	b = rawhttp.AppendField(b, "Lambda-Runtime-Invoked-Function-Arn", in.pool.fn.ARN)
	b = append(b, "Lambda-Runtime-Trace-Id: "...)
	b = append(appendTraceID(b, inv), "\r\n"...)
	*head = b
	_ = w.Answer(http.StatusOK, b, inv.event)
}
