package runtimeapi_test

import "strings"

// What is in the head of an event.
const (
	requestID     = "Lambda-Runtime-Aws-Request-Id"
	deadline      = "Lambda-Runtime-Deadline-Ms"
	traceID       = "Lambda-Runtime-Trace-Id"
	invoked       = "Lambda-Runtime-Invoked-Function-Arn"
	tenant        = "Lambda-Runtime-Aws-Tenant-Id"
	clientContext = "Lambda-Runtime-Client-Context"
	cognito       = "Lambda-Runtime-Cognito-Identity"
)

// A script is what a Runtime API answers to who asks for an event, and to who brings what came of one.
type script struct{ next, post []answer }

func gives(next ...answer) script { return script{next: next} }

func (s script) takes(post ...answer) script { return script{s.next, post} }

var (
	one     = event(`{}`)
	nothing = answer{raw: "nothing"}
	reset   = answer{reset: true}
)

func raw(text string) answer { return answer{raw: text} }

// begun is the beginning of an answer with an event.
const begun = "HTTP/1.1 200 OK\r\n" + requestID + ": 1\r\n" + deadline + ": 1935410303419\r\n"

// scripts are what a Runtime API may do. Each ends with 418 for who asks for an event.
var scripts = map[string]script{
	"events": gives(
		event(`{"n":1}`), event(`{"n":2}`, traceID, ""), event(`{"n":3}`, requestID, "3"), event(`{"n":4}`, deadline, "1000"),
		event(`{"n":5}`, tenant, "tenant"), event(`{"n":6}`, cognito, `{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}`),
		event(`{"n":7}`, clientContext, `{"Client":{"app_title":"t"},"env":{"a":"b"},"custom":{"c":"d","e":{"f":1}}}`),
		event(`{"n":8}`, invoked, "arn:other"), event(`{"do":"nothing"}`),
		answer{header: one.header, body: `{"n":9,"x":"` + strings.Repeat("x", 5000) + `"}`, flush: true},
		event(`{"n":10,"x":"`+strings.Repeat("x", 300<<10)+`"}`), event(`{"n":11}`),
	),
	"responses of 6 MB": gives(event(`{"do":"big","size":6291554}`), one),
	"errors": gives(
		event(`{"do":"error"}`), event(`{"do":"wrapped"}`), event(`{"do":"by value"}`), event(`{"do":"by pointer"}`),
		event(`{"do":"own"}`), event(`{"do":"deadline"}`, deadline, "1000"), event(`{"do":7}`), one,
		event(`{"do":"panic with an own"}`), one,
	),
	"heads that nobody understands": gives(
		event(`{}`, deadline, ""), event(`{}`, deadline, "soon"), event(`{}`, clientContext, "{"),
		event(`{}`, clientContext, "[]"), event(`{}`, cognito, "7"), one,
	),
	"no id":                   gives(event(`{}`, requestID, "")),
	"an odd id":               gives(event(`{}`, requestID, "a b/c?d~é"), one),
	"an id that is in no URL": gives(event(`{}`, requestID, "%zz"), one),

	"a panic":                   gives(event(`{"do":"panic"}`), one),
	"a panic with an error":     gives(one, event(`{"do":"panic with an error"}`), one),
	"a panic of the runtime":    gives(event(`{"do":"nil"}`), one),
	"an error that is the last": gives(event(`{"do":"own, the last"}`), one),

	"no event, but 500":       gives(answer{status: 500, body: "broken"}),
	"no event, but 403":       gives(one, answer{status: 403}),
	"no event, but nothing":   gives(one, answer{status: 204}),
	"a response refused":      gives(one, one).takes(answer{status: 400}),
	"a response too large":    gives(event(`{"do":"big","size":1000000}`), one).takes(answer{status: 413, body: "too large"}),
	"a response taken by 200": gives(one, one).takes(answer{status: 200}),
	"a response lost by 500":  gives(one, one).takes(answer{}, answer{status: 500}),
	"an error refused":        gives(event(`{"do":"error"}`), one).takes(answer{status: 500}),
	"a panic refused":         gives(event(`{"do":"panic"}`), one).takes(answer{status: 500}),

	"the end before an event": gives(nothing),
	"a reset before an event": gives(reset),
	"the end within a head":   gives(one, raw(begun)),
	"the end within an event": gives(one, raw(begun+"Content-Length: 3\r\n\r\n{}")),
	"the end within a chunk":  gives(one, raw(begun+"Transfer-Encoding: chunked\r\n\r\n3\r\n{}")),
	"the end of an event":     gives(raw(begun+"\r\n{}"), one),
	"an older server":         gives(one, raw("HTTP/1.0 200 OK\r\n"+deadline+": 1\r\n\r\n{}"), one),
	"connections that end": gives(event(`{}`, "Connection", "close"), one, one).
		takes(answer{}, answer{header: map[string]string{"Connection": "close"}}),
	"an end while it waits":     gives(one, nothing, one, reset, one),
	"two ends while it waits":   gives(one, nothing, nothing),
	"no word on a response":     gives(one, one).takes(nothing),
	"half a word on a response": gives(one, one).takes(raw("HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nok")),
	"a response, then the end":  gives(one, one).takes(raw("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")),
}
