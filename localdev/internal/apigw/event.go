package apigw

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// newID returns an ID as API Gateway makes them: 16 characters of URL-safe base64, the last one a "=".
func newID() string {
	var raw [11]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.URLEncoding.EncodeToString(raw[:])
}

// newRequestID returns an ID of the same form that nobody need keep secret.
func newRequestID() string {
	var raw [16]byte
	binary.NativeEndian.PutUint64(raw[:8], mathrand.Uint64())
	binary.NativeEndian.PutUint64(raw[8:], mathrand.Uint64())
	return base64.URLEncoding.EncodeToString(raw[:11])
}

// validID reports whether id could be one.
func validID(id string) bool {
	var room [24]byte
	_, err := base64.URLEncoding.AppendDecode(room[:0], []byte(id))
	return err == nil && id != ""
}

func rfc3339(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// event is what differs from one event of a connection to the next.
type event struct {
	kind      string // CONNECT, MESSAGE, DISCONNECT
	routeKey  string
	requestID string
	messageID string // of a message
	code      int    // of a disconnect
	reason    string // of a disconnect
	now       time.Time
}

// appendContext appends "requestContext":{…}. Keys that an event does not have are absent, not null; times and codes
// are numbers. The encoder is by hand because this runs for every message.
func (c *conn) appendContext(b []byte, e event) []byte {
	b = append(b, `"requestContext":{"routeKey":`...)
	b = rawjson.AppendString(b, e.routeKey)
	if e.messageID != "" {
		b = append(b, `,"messageId":"`...)
		b = append(b, e.messageID...)
		b = append(b, '"')
	}
	if e.kind == "DISCONNECT" {
		b = append(b, `,"disconnectStatusCode":`...)
		b = strconv.AppendInt(b, int64(e.code), 10)
	}
	b = append(b, `,"eventType":"`...)
	b = append(b, e.kind...)
	b = append(b, `","extendedRequestId":"`...)
	b = append(b, e.requestID...)
	b = append(b, `","requestTime":"`...)
	b = e.now.UTC().AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `","messageDirection":"IN"`...)
	if e.kind == "DISCONNECT" {
		b = append(b, `,"disconnectReason":`...)
		b = rawjson.AppendString(b, e.reason)
	}
	b = append(b, `,"stage":`...)
	b = rawjson.AppendString(b, c.g.api.Stage)
	b = append(b, `,"connectedAt":`...)
	b = strconv.AppendInt(b, c.connectedAt, 10)
	b = append(b, `,"requestTimeEpoch":`...)
	b = strconv.AppendInt(b, e.now.UnixMilli(), 10)
	b = append(b, `,"identity":`...)
	b = c.appendIdentity(b)
	b = append(b, `,"requestId":"`...)
	b = append(b, e.requestID...)
	b = append(b, `","domainName":"`...)
	b = append(b, c.g.domain...)
	b = append(b, `","connectionId":"`...)
	b = append(b, c.id...)
	b = append(b, `","apiId":"`...)
	b = append(b, c.g.api.ID...)
	b = append(b, '"')
	if c.authorizer != nil {
		b = append(b, `,"authorizer":`...)
		b = append(b, c.authorizer...)
	}
	return append(b, '}')
}

func (c *conn) appendIdentity(b []byte) []byte {
	b = append(b, '{')
	if c.caller != nil {
		b = append(b, c.caller...)
		b = append(b, ',')
	}
	return append(c.appendSource(b), '}')
}

// appendSource appends where a connection comes from, members of a JSON object.
func (c *conn) appendSource(b []byte) []byte {
	b = append(b, `"sourceIp":`...)
	b = rawjson.AppendString(b, c.sourceIP)
	if c.userAgent != "" {
		b = append(b, `,"userAgent":`...)
		b = rawjson.AppendString(b, c.userAgent)
	}
	return b
}

// messageEvent is the event of a message: no headers, no query.
func (c *conn) messageEvent(e event, body []byte) []byte {
	b := make([]byte, 0, 768+len(body)+len(body)/4)
	b = append(b, '{')
	b = c.appendContext(b, e)
	b = append(b, c.g.stageVar...)
	b = append(b, `,"body":`...)
	b = rawjson.AppendString(b, body)
	return append(b, `,"isBase64Encoded":false}`...)
}

// connectEvent is the event of a handshake.
func (c *conn) connectEvent(e event, h *handshake) []byte {
	b := append([]byte(nil), '{')
	b = appendValues(b, "headers", "multiValueHeaders", h.headers)
	if query := h.URL.Query(); len(query) > 0 {
		b = append(b, ',')
		b = appendValues(b, "queryStringParameters", "multiValueQueryStringParameters", query)
	}
	b = append(b, ',')
	b = c.appendContext(b, e)
	b = append(b, c.g.stageVar...)
	return append(b, `,"isBase64Encoded":false}`...)
}

// disconnectEvent is the event of an end, with the four odd headers that AWS puts there.
func (c *conn) disconnectEvent(e event) []byte {
	b := append([]byte(nil), '{')
	b = appendValues(b, "headers", "multiValueHeaders",
		map[string][]string{"Host": {c.g.domain}, "x-api-key": {""}, "X-Forwarded-For": {""}, "x-restapi": {""}})
	b = append(b, ',')
	b = c.appendContext(b, e)
	b = append(b, c.g.stageVar...)
	return append(b, `,"isBase64Encoded":false}`...)
}

// appendValues appends a map twice: with the last value of each name, and with all of them. The
// order is AWS's.
func appendValues(b []byte, single, multi string, values map[string][]string) []byte {
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	b = rawjson.AppendString(b, single)
	b = append(b, ':', '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		all := values[name]
		b = rawjson.AppendString(b, clean(name))
		b = append(b, ':')
		b = rawjson.AppendString(b, clean(all[len(all)-1]))
	}
	b = append(b, '}', ',')
	b = rawjson.AppendString(b, multi)
	b = append(b, ':', '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = rawjson.AppendString(b, clean(name))
		b = append(b, ':', '[')
		for j, v := range values[name] {
			if j > 0 {
				b = append(b, ',')
			}
			b = rawjson.AppendString(b, clean(v))
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// stageVariables returns what each event has of them: nothing if there are none.
func stageVariables(vars map[string]string) []byte {
	if len(vars) == 0 {
		return nil
	}
	b := []byte(`,"stageVariables":{`)
	for i, name := range slices.Sorted(maps.Keys(vars)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = rawjson.AppendString(b, clean(name))
		b = append(b, ':')
		b = rawjson.AppendString(b, clean(vars[name]))
	}
	return append(b, '}')
}
