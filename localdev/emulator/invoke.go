package emulator

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

const (
	invokePrefix = "/2015-03-31/functions/"
	maxInvoke    = 6 * 1024 * 1024 // bytes of an event

	maxClientContext = 3583 // bytes, in base64
)

// invoke serves Lambda's Invoke API.
func (e *Emulator) invoke(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.EscapedPath(), invokePrefix), "/invocations")
	if !ok || r.Method != http.MethodPost {
		lambdaError(w, http.StatusNotFound, "ResourceNotFoundException", "localdev has only the Invoke operation")
		return
	}
	f, qualifier := e.function(name)
	if f == nil {
		lambdaError(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+name)
		return
	}
	if why := e.refuseInvoke(r.Header.Get("Authorization"), f.Name, cmp.Or(qualifier, r.URL.Query().Get("Qualifier"))); why != "" {
		lambdaError(w, http.StatusForbidden, "AccessDeniedException", why)
		return
	}
	event, err := io.ReadAll(io.LimitReader(r.Body, maxInvoke+1))
	switch {
	case err != nil:
		return // the client is gone
	case len(event) > maxInvoke:
		lambdaError(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException",
			"Request must be smaller than 6291456 bytes for the InvokeFunction operation")
		return
	case len(event) == 0:
		event = []byte("{}")
	case !json.Valid(event):
		lambdaError(w, http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json")
		return
	}
	call, ok := readCall(w, r)
	if !ok {
		return
	}
	switch kind := r.Header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
		e.invokeNow(w, r, f, event, call)
	case "Event":
		call.Tail = false // there is nobody to read it
		authorization := r.Header.Get("Authorization")
		by := ""
		if sender, _ := e.function(e.keys.Function(authorization)); sender != nil {
			by = e.label(*sender)
		}
		e.accept(trace.With(lambda.WithCall(r.Context(), call), e.keys.Span(authorization)), by, f, event)
		w.WriteHeader(http.StatusAccepted)
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	default:
		lambdaError(w, http.StatusBadRequest, "InvalidParameterValueException", "Invocation type is not valid: "+kind)
	}
}

func (e *Emulator) invokeNow(
	w http.ResponseWriter, r *http.Request, f *template.Function, event []byte, call *lambda.Call,
) {
	answer, err := e.callable(f.LogicalID).Invoke(lambda.WithCall(r.Context(), call), event)
	if err != nil && r.Context().Err() == nil {
		why, do := err.Error(), ""
		var known interface {
			Explain() (why, aws, do string)
		}
		if errors.As(err, &known) {
			why, _, do = known.Explain()
		}
		by := cmp.Or(e.sender(r.Header.Get("Authorization")), "outside")
		if more, news := e.quiet.News(f.LogicalID+by+why, time.Second, time.Now()); news {
			e.log.Warn("invocation failed", "why", why, "function", f.LogicalID, "by", by, "do", do, "more", more)
		}
	}
	var failed *lambda.Error
	switch {
	case errors.As(err, &failed):
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		answer = failed.Payload
	case errors.Is(err, lambda.ErrThrottled):
		lambdaError(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
		return
	case err != nil:
		lambdaError(w, http.StatusInternalServerError, "ServiceException", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	if call.Tail {
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(call.Log()))
	}
	_, _ = w.Write(answer)
}

// function finds a function by its name or logical ID, ARN or partial ARN, each with or without a qualifier.
func (e *Emulator) function(name string) (f *template.Function, qualifier string) {
	name, err := url.PathUnescape(name)
	if err != nil {
		return nil, ""
	}
	parts := strings.Split(name, ":")
	for i, part := range parts {
		if part == "function" && i+1 < len(parts) {
			parts = parts[i+1:]
			break
		}
	}
	for i := range e.stack.Functions {
		if f := &e.stack.Functions[i]; f.Name == parts[0] || f.LogicalID == parts[0] {
			return f, strings.Join(parts[1:], ":")
		}
	}
	return nil, ""
}

// sender is the function, by its logical ID, that a request with that Authorization header comes
// from, "" if none.
func (e *Emulator) sender(authorization string) string {
	if f, _ := e.function(e.keys.Function(authorization)); f != nil {
		return f.LogicalID
	}
	return ""
}

func lambdaError(w http.ResponseWriter, status int, typ, text string) {
	w.Header().Set("X-Amzn-ErrorType", typ)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Type": "User", "Message": text})
}

// readCall reads what the caller of the Invoke API asks for. It answers a request that makes no
// sense.
func readCall(w http.ResponseWriter, r *http.Request) (*lambda.Call, bool) {
	call := &lambda.Call{Tail: r.Header.Get("X-Amz-Log-Type") == "Tail"}
	encoded := r.Header.Get("X-Amz-Client-Context")
	if encoded == "" {
		return call, true
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(encoded) > maxClientContext || !json.Valid(decoded) {
		lambdaError(w, http.StatusBadRequest, "InvalidRequestContentException", "Client context must be JSON in base64, of at most 3583 bytes")
		return nil, false
	}
	call.ClientContext = string(decoded)
	return call, true
}
