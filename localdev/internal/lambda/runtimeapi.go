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
)

// maxPayload is the largest answer of a function, in bytes.
const maxPayload = 6*1024*1024 + 100

var (
	errRequestID = errors.New("invalid request ID")
	errState     = errors.New("not allowed in this state")
	errDoomed    = errors.New("instance is ending")
)

// runtimeAPI is what AWS_LAMBDA_RUNTIME_API points one instance at: all of it, for any client.
type runtimeAPI struct{ in *instance }

const (
	apiPrefix = "/2018-06-01/runtime/"
	accepted  = `{"status":"OK"}` + "\n"
)

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
	inv, err := in.pool.next(in, nil)
	if err != nil {
		refuse(w, err)
		return
	}
	if inv == nil {
		in.freeze()
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
	h["Content-Length"] = []string{strconv.Itoa(len(inv.event))}
	h["Content-Type"] = []string{"application/json"}
	h["Lambda-Runtime-Aws-Request-Id"] = []string{inv.id}
	h["Lambda-Runtime-Deadline-Ms"] = []string{strconv.FormatInt(inv.deadline.UnixMilli(), 10)}
	h["Lambda-Runtime-Invoked-Function-Arn"] = []string{in.pool.fn.ARN}
	h["Lambda-Runtime-Trace-Id"] = []string{string(appendTraceID(nil, inv))}
	if inv.call != nil && inv.call.ClientContext != "" {
		h["Lambda-Runtime-Client-Context"] = []string{inv.call.ClientContext}
	}
	_, _ = w.Write(inv.event) // if the process is gone, its end settles the event
}

// appendTraceID derives an X-Ray header from the request ID, a UUID, which is random enough:
// nothing is sampled.
func appendTraceID(b []byte, inv *invocation) []byte {
	b = append(b, "Root=1-"...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[inv.started.Unix()>>shift&15])
	}
	id := inv.id
	b = append(append(append(append(append(b, '-'), id[:8]...), id[9:13]...), id[14:18]...), id[19:23]...)
	b = append(append(append(b, id[24:28]...), ";Parent="...), id[19:23]...)
	return append(append(b, id[24:]...), ";Sampled=0"...)
}

func (a runtimeAPI) response(w http.ResponseWriter, r *http.Request, id string) {
	if err := a.in.pool.answering(a.in, []byte(id)); err != nil {
		refuse(w, err)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	var failure error
	switch errorType := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); {
	case err != nil:
		body, failure = nil, newError("Runtime.TruncatedResponse", "RequestId: "+id+" Error: "+err.Error())
	case len(body) > maxPayload:
		message := fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxPayload)
		apiError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", message)
		failure = newError("Function.ResponseSizeTooLarge", message)
		if inv, err := a.in.pool.answer(a.in, []byte(id), failure); err == nil {
			inv.done(nil, failure)
		}
		return
	case errorType != "": // a streamed answer that failed half-way
		detail, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		if err != nil || !json.Valid(detail) {
			detail = newError(errorType, "").Payload
		}
		body, failure = nil, &Error{Type: errorType, Payload: detail}
	}
	a.finish(w, id, body, failure)
}

func (a runtimeAPI) failure(w http.ResponseWriter, r *http.Request, id string) {
	if err := a.in.pool.answering(a.in, []byte(id)); err != nil {
		refuse(w, err)
		return
	}
	failed := readError(r)
	if a.in.pool.opt.Advise != nil {
		failed.Do = a.in.pool.opt.Advise(failed.Message())
	}
	a.finish(w, id, nil, failed)
}

func (a runtimeAPI) finish(w http.ResponseWriter, id string, payload []byte, failure error) {
	inv, err := a.in.pool.answer(a.in, []byte(id), failure)
	if err != nil {
		refuse(w, err)
		return
	}
	accept(w)
	inv.done(payload, failure)
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
	_, _ = io.WriteString(w, accepted)
}

func refuse(w http.ResponseWriter, err error) {
	status, typ, message := refusal(err)
	apiError(w, status, typ, message)
}

func refusal(err error) (status int, typ, message string) {
	switch {
	case errors.Is(err, errRequestID):
		return http.StatusBadRequest, "InvalidRequestID", "Invalid request ID"
	case errors.Is(err, errState):
		return http.StatusForbidden, "InvalidStateTransition", "State transition is not allowed"
	default:
		return http.StatusGone, "InstanceEnding", err.Error()
	}
}

func apiError(w http.ResponseWriter, status int, typ, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(newError(typ, message).Payload)
}
