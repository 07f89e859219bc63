package apigw

import (
	"net/http"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// reply is the answer to a request to @connections.
type reply struct {
	status int
	typ    string // of an error; "" is none
	body   []byte // JSON; nil is none
}

// isGone is 410. Its body is empty: the type is in the header only.
var isGone = reply{status: http.StatusGone, typ: "GoneException"}

// failure is an error with a text, or without one.
func failure(status int, typ, text string) reply {
	if text == "" {
		return reply{status, typ, []byte("{}")}
	}
	return reply{status, typ, append(rawjson.AppendString([]byte(`{"message":`), clean(text)), '}')}
}

// denied is for whom no policy lets in. IAM spells Message with a capital.
func denied(why string) reply {
	body := append(rawjson.AppendString([]byte(`{"Message":`), why), '}')
	return reply{http.StatusForbidden, "AccessDeniedException", body}
}

// isEnding is for whom localdev has no time any more.
var isEnding = reply{status: http.StatusServiceUnavailable, body: []byte(`{"message":"localdev is ending"}`)}

// send is write for rawhttp.
func (a reply) send(w *rawhttp.Reply) {
	var fields []byte
	if a.body != nil {
		fields = rawhttp.AppendField(fields, "Content-Type", "application/json")
	}
	if a.typ != "" {
		fields = rawhttp.AppendField(fields, "X-Amzn-ErrorType", a.typ)
	}
	_ = w.Answer(a.status, fields, a.body) // a failure is the client's, which is gone
}

func (a reply) write(w http.ResponseWriter) {
	if a.typ != "" {
		w.Header()["X-Amzn-ErrorType"] = []string{a.typ} // as AWS spells it, and net/http would not
	}
	if a.body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a failure is the client's, which is gone
}
