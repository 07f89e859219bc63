package apigw

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// statusCode reads the status that a function answered: a number, or one in a string.
func statusCode(answer []byte) (int, bool) {
	value, ok := rawjson.Find(answer, "statusCode")
	if !ok {
		return 0, false
	}
	s := text(value)
	if len(s) != 3 || s[0] < '2' || s[0] > '5' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// isFailure reports whether a function answered with a status of 300 or more.
func isFailure(answer []byte) bool {
	status, ok := statusCode(answer)
	return ok && status >= 300
}

// isStatus reports whether a function answered with a status.
func isStatus(answer []byte) bool {
	_, ok := statusCode(answer)
	return ok
}

const answerSo = `return {"statusCode": 200}, with what a client is to get as a string in "body"`

// malformed says what is wrong with an answer of which statusCode or replyBody make nothing, or
// that has a stray member.
func malformed(answer []byte) *trouble {
	t := &trouble{aws: malformedResponse, do: answerSo}
	value, found := rawjson.Find(answer, "statusCode")
	_, ok := statusCode(answer)
	switch kind := kindOf(answer); {
	case kind == "":
		t.why, t.do = noJSON(answer)
	case kind == "null":
		t.why = "the function answered nothing: null has no statusCode"
	case kind != "an object":
		t.why = "the answer is " + kind + ", not an object with a statusCode"
	case !found:
		t.why = "the answer has no statusCode"
	case !ok:
		t.why = fmt.Sprintf("the answer's statusCode is %.20s, which is no whole number from 200 to 599", value)
	case stray(answer) != "":
		t.why = "the answer has a member " + quoted(stray(answer))
		t.do = "answer with statusCode, headers, multiValueHeaders, body and isBase64Encoded alone"
	default:
		t.why = "the answer has isBase64Encoded, and its body is no base64"
		t.do = "encode the body, or leave isBase64Encoded out"
	}
	return t
}

// noJSON says where an answer ends to be JSON.
func noJSON(answer []byte) (why, do string) {
	var wrong *json.SyntaxError
	if len(bytes.TrimSpace(answer)) == 0 || !errors.As(json.Unmarshal(answer, new(any)), &wrong) {
		return "the answer is empty, which is no JSON", answerSo
	}
	at := int(wrong.Offset) - 1 // what was read last is what is wrong
	if wrong.Error() == "unexpected end of JSON input" {
		return fmt.Sprintf("the answer is no JSON: it ends too early, after %d bytes", len(answer)), answerSo
	}
	rest := answer[at:]
	if i := bytes.IndexFunc(rest, func(r rune) bool { return r < ' ' || strings.ContainsRune(` ,:[]{}"`, r) }); i > 0 {
		rest = rest[:i]
	}
	why = fmt.Sprintf("the answer is no JSON: it has %.20q at byte %d", rest, at)
	if word := string(rest); word == "NaN" || word == "Infinity" {
		return why, "JSON has no such number: answer null in its place"
	}
	return why, answerSo
}

// stray returns a member that no answer may have, "" if there is none.
func stray(answer []byte) string {
	for m := range rawjson.Object(answer) {
		switch m.Name {
		case "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded":
		default:
			return m.Name
		}
	}
	return ""
}

// kindOf is what a JSON text is, "" if it is none.
func kindOf(doc []byte) string {
	if !rawjson.Valid(doc) {
		return ""
	}
	for _, c := range doc {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '{':
			return "an object"
		case '[':
			return "an array"
		case '"':
			return "a string"
		case 'n':
			return "null"
		case 't', 'f':
			return "a boolean"
		}
		return "a number"
	}
	return ""
}

// structured says what is wrong with a body that is no string, nil if it is one or absent.
func structured(answer []byte) *trouble {
	value, _ := rawjson.Find(answer, "body")
	if len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return nil
	}
	return &trouble{
		why: "the answer's body is " + kindOf(value) + ", not a string",
		do:  "make a string of it: JSON.stringify, json.dumps, json.Marshal",
	}
}

// unfit says what is wrong with an answer of which replyBody makes nothing, nil if nothing is.
func unfit(answer []byte) *trouble {
	if !isStatus(answer) {
		return malformed(answer)
	}
	if t := structured(answer); t != nil {
		t.aws = malformedResponse
		return t
	}
	if encoded, _ := rawjson.Find(answer, "isBase64Encoded"); string(encoded) == "true" {
		if _, ok := replyBody(answer); !ok {
			return malformed(answer)
		}
	}
	return nil
}

// unheard looks at an answer that no client gets, because the route has no route response or the
// client is gone.
func (g *Gateway) unheard(span *trace.Span, answer []byte, a about) {
	if status, _ := statusCode(answer); status >= 300 {
		level, t := refused(status)
		t.why += ", which no client is told"
		t.do = "push to the connection what its client is to know, or give the route a route response"
		a.status = status
		g.report(span, level, integrationFailed, t, a)
	} else if t := unfit(answer); t != nil { // AWS's log has it all the same
		t.why += "; no client was to get it"
		g.report(span, slog.LevelInfo, integrationFailed, t, a)
	}
}

// tooLong says that a client gets here what AWS would not deliver, as far as its quotas tell.
func tooLong(size int) *trouble {
	return &trouble{
		why: fmt.Sprintf("the answer's body has %d bytes, and goes out here; a message on AWS holds 128 KB", size),
		do:  "answer less, or push it in parts",
	}
}

// heard looks at an answer that the client gets.
func (g *Gateway) heard(span *trace.Span, answer []byte, a about) {
	if t := structured(answer); t != nil {
		g.report(span, slog.LevelWarn, integrationFailed, t, a)
		return
	}
	if status, _ := statusCode(answer); status >= 300 {
		level, t := refused(status)
		a.status = status
		g.report(span, level, integrationFailed, t, a)
	}
}
