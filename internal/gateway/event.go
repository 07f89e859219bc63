package gateway

import (
	"bytes"
	"encoding/json"

	"github.com/parley-rtc/parley/internal/jsonscan"
)

// An Event is what is needed of one of API Gateway's WebSocket events.
type Event struct {
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	RequestContext                  RequestContext      `json:"requestContext"`
	Body                            string              `json:"body"`
}

// A RequestContext is what API Gateway itself says of an event. Its times are in milliseconds.
type RequestContext struct {
	RouteKey             string `json:"routeKey"`
	ConnectionID         string `json:"connectionId"`
	ConnectedAt          int64  `json:"connectedAt"`
	RequestID            string `json:"requestId"`
	RequestTimeEpoch     int64  `json:"requestTimeEpoch"`
	DisconnectStatusCode int64  `json:"disconnectStatusCode"` // of $disconnect, as the next
	DisconnectReason     string `json:"disconnectReason"`
}

// names are those of all members above.
var names = [][]byte{
	[]byte("headers"), []byte("multiValueHeaders"), []byte("queryStringParameters"), []byte("multiValueQueryStringParameters"),
	[]byte("requestContext"), []byte("body"), []byte("routeKey"), []byte("connectionId"), []byte("connectedAt"),
	[]byte("requestId"), []byte("requestTimeEpoch"), []byte("disconnectStatusCode"), []byte("disconnectReason"),
}

// decode reads an event as encoding/json does. Whatever API Gateway does not write is left to that, and
// so are the errors.
func decode(raw []byte) (Event, error) {
	var e Event
	s := jsonscan.New(raw)
	if e.scan(&s) && s.End() {
		return e, nil
	}
	e = Event{}
	err := json.NewDecoder(bytes.NewReader(raw)).Decode(&e)
	return e, err
}

// scan reads an event whose names are written as above, and returns false where one is not.
func (e *Event) scan(s *jsonscan.Scanner) bool {
	for s.Enter('{'); s.Next('}'); {
		switch key := s.Key(); string(key) {
		case "headers":
			e.Headers = scanMap(s, e.Headers, (*jsonscan.Scanner).Text)
		case "multiValueHeaders":
			e.MultiValueHeaders = scanMap(s, e.MultiValueHeaders, scanList)
		case "queryStringParameters":
			e.QueryStringParameters = scanMap(s, e.QueryStringParameters, (*jsonscan.Scanner).Text)
		case "multiValueQueryStringParameters":
			e.MultiValueQueryStringParameters = scanMap(s, e.MultiValueQueryStringParameters, scanList)
		case "requestContext":
			if !e.RequestContext.scan(s) {
				return false
			}
		case "body":
			e.Body = s.Text()
		default:
			if misspells(key) {
				return false
			}
			s.Skip()
		}
	}
	return true
}

func (rc *RequestContext) scan(s *jsonscan.Scanner) bool {
	for s.Enter('{'); s.Next('}'); {
		switch key := s.Key(); string(key) {
		case "routeKey":
			rc.RouteKey = s.Text()
		case "connectionId":
			rc.ConnectionID = s.Text()
		case "connectedAt":
			rc.ConnectedAt = s.Int()
		case "requestId":
			rc.RequestID = s.Text()
		case "requestTimeEpoch":
			rc.RequestTimeEpoch = s.Int()
		case "disconnectStatusCode":
			rc.DisconnectStatusCode = s.Int()
		case "disconnectReason":
			rc.DisconnectReason = s.Text()
		default:
			if misspells(key) {
				return false
			}
			s.Skip()
		}
	}
	return true
}

// misspells tells whether encoding/json might take a name for one of ours that is written otherwise: it
// does not look at the case.
func misspells(key []byte) bool {
	for _, name := range names {
		if bytes.EqualFold(key, name) {
			return true
		}
	}
	return bytes.IndexByte(key, '\\') >= 0
}

// scanMap reads an object and adds its members to m, as encoding/json does where a name comes twice.
func scanMap[V any](s *jsonscan.Scanner, m map[string]V, value func(*jsonscan.Scanner) V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	for s.Enter('{'); s.Next('}'); {
		key := jsonscan.Unquote(s.Key())
		m[key] = value(s)
	}
	return m
}

func scanList(s *jsonscan.Scanner) []string {
	list := []string{}
	for s.Enter('['); s.Next(']'); {
		list = append(list, s.Text())
	}
	return list
}
