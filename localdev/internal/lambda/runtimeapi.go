package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxPayload is the largest answer of a function, in bytes.
const maxPayload = 6*1024*1024 + 100

var (
	errRequestID = errors.New("invalid request ID")
	errState     = errors.New("not allowed in this state")
	errDoomed    = errors.New("instance is ending")
)

// runtimeAPI is what AWS_LAMBDA_RUNTIME_API points one instance at.
type runtimeAPI struct{ in *instance }

const apiPrefix = "/2018-06-01/runtime/"

func (a runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, apiPrefix)
	if !ok {
		http.NotFound(w, r)
		return
	}
	invocation, isInvocation := strings.CutPrefix(path, "invocation/")
	id, action, _ := strings.Cut(invocation, "/")
	switch {
	case path == "invocation/next" && r.Method == http.MethodGet:
		a.next(w, r)
	case isInvocation && action == "response" && r.Method == http.MethodPost:
		a.response(w, r, id)
	case isInvocation && action == "error" && r.Method == http.MethodPost:
		a.failure(w, r, id)
	case path == "init/error" && r.Method == http.MethodPost:
		a.initError(w, r)
	default:
		http.NotFound(w, r)
	}
}

// next blocks until there is an event, as long as it takes.
func (a runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	in := a.in
	inv, err := in.pool.next(in)
	if err != nil {
		refuse(w, err)
		return
	}
	if inv == nil {
		in.freeze()
		defer in.thaw()
		select {
		case inv = <-in.work:
		case <-in.gone:
			return
		case <-r.Context().Done(): // the process is ending, or it is broken
			in.pool.abandon(in)
			return
		}
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Lambda-Runtime-Aws-Request-Id"] = []string{inv.id}
	h["Lambda-Runtime-Deadline-Ms"] = []string{strconv.FormatInt(inv.deadline.UnixMilli(), 10)}
	h["Lambda-Runtime-Invoked-Function-Arn"] = []string{in.pool.fn.ARN}
	h["Lambda-Runtime-Trace-Id"] = []string{traceID(inv)}
	if inv.call != nil && inv.call.ClientContext != "" {
		h["Lambda-Runtime-Client-Context"] = []string{inv.call.ClientContext}
	}
	_, _ = w.Write(inv.event) // if the process is gone, its end settles the event
}

// traceID derives an X-Ray header from the request ID, which is random enough: nothing is sampled.
func traceID(inv *invocation) string {
	id := strings.ReplaceAll(inv.id, "-", "")
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", inv.started.Unix(), id[:24], id[16:])
}

func (a runtimeAPI) response(w http.ResponseWriter, r *http.Request, id string) {
	if err := a.in.pool.answering(a.in, id); err != nil {
		refuse(w, err)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	out := outcome{payload: body}
	switch errorType := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); {
	case err != nil:
		out = outcome{err: newError("Runtime.TruncatedResponse", "RequestId: "+id+" Error: "+err.Error())}
	case len(body) > maxPayload:
		message := fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxPayload)
		_ = a.in.pool.answer(a.in, id, outcome{err: newError("Function.ResponseSizeTooLarge", message)})
		apiError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", message)
		return
	case errorType != "": // a streamed answer that failed half-way
		detail, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		if err != nil || !json.Valid(detail) {
			detail = newError(errorType, "").Payload
		}
		out = outcome{err: &Error{Type: errorType, Payload: detail}}
	}
	a.finish(w, id, out)
}

func (a runtimeAPI) failure(w http.ResponseWriter, r *http.Request, id string) {
	if err := a.in.pool.answering(a.in, id); err != nil {
		refuse(w, err)
		return
	}
	failed := readError(r)
	if a.in.pool.opt.Advise != nil {
		failed.Do = a.in.pool.opt.Advise(failed.Message())
	}
	a.finish(w, id, outcome{err: failed})
}

func (a runtimeAPI) finish(w http.ResponseWriter, id string, out outcome) {
	if err := a.in.pool.answer(a.in, id, out); err != nil {
		refuse(w, err)
		return
	}
	accept(w)
}

func (a runtimeAPI) initError(w http.ResponseWriter, r *http.Request) {
	if err := a.in.pool.failInit(a.in, readError(r)); err != nil {
		refuse(w, err)
		return
	}
	accept(w)
	_ = http.NewResponseController(w).Flush() // before its process is ended
	a.in.pool.kill(a.in)
}

// readError reads {errorMessage, errorType, stackTrace} as the runtime sent it.
func readError(r *http.Request) *Error {
	typ := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	var named struct {
		Type string `json:"errorType"`
	}
	if err != nil || json.Unmarshal(body, &named) != nil {
		return newError(typ, string(body))
	}
	if typ == "" {
		typ = named.Type
	}
	place, _ := url.PathUnescape(r.Header.Get("Localdev-Place")) // from a bootstrap of localdev's
	return &Error{Type: typ, Payload: body, Place: place}
}

func accept(w http.ResponseWriter) {
	w.Header()["Content-Type"] = []string{"application/json"}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n")
}

func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errRequestID):
		apiError(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case errors.Is(err, errState):
		apiError(w, http.StatusForbidden, "InvalidStateTransition", "State transition is not allowed")
	default:
		apiError(w, http.StatusGone, "InstanceEnding", err.Error())
	}
}

func apiError(w http.ResponseWriter, status int, typ, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(newError(typ, message).Payload)
}

// next moves an instance on that asks for an event: it returns one that waited, or nil if the instance is to wait.
func (p *Pool) next(in *instance) (*invocation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch in.state {
	case doomed:
		return nil, errDoomed
	case idle, busy:
		return nil, errState
	case starting:
		in.ready.Store(true)
		in.unbilledInit = time.Since(in.began)
		if in.generation == p.generation {
			p.starting--
		}
	case answered:
	}
	ran := in.state == answered
	in.current = nil
	in.state = idle
	if in.generation != p.generation || ran && p.condemn() {
		p.doom(in)
		return nil, errDoomed
	}
	if p.queue.len() > 0 {
		inv := p.queue.pop()
		p.assign(in, inv)
		return inv, nil
	}
	in.idleSince = time.Now()
	p.idle = append(p.idle, in)
	return nil, nil
}

// abandon ends an instance that no longer listens for its event.
func (p *Pool) abandon(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.idle {
		if other == in {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			break
		}
	}
	if in.state == busy {
		p.settle(in, outcome{err: exitError(in.current.id, nil)})
	}
	p.doom(in)
}

// answering tells whether an instance may answer that event now.
func (p *Pool) answering(in *instance, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return in.allows(id)
}

func (in *instance) allows(id string) error {
	switch {
	case in.state == doomed:
		return errDoomed
	case in.current == nil:
		return errState
	case in.current.id != id:
		return errRequestID
	case in.state != busy:
		return errState
	}
	return nil
}

// answer settles an event.
func (p *Pool) answer(in *instance, id string, out outcome) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := in.allows(id); err != nil {
		return err
	}
	p.settle(in, out)
	in.state = answered
	if in.current.dies {
		p.doom(in)
	}
	return nil
}

// kill ends the process of an instance that failed to start; how it ends is then settled as init's failure.
func (p *Pool) kill(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.child != nil {
		in.child.Kill()
	}
}

func (p *Pool) failInit(in *instance, failure *Error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.state != starting {
		return errState
	}
	in.initError = failure
	return nil
}
