package gateway

import (
	"context"
	"strconv"
)

// A Response is what API Gateway does with an event: only $connect's matters to it.
type Response struct {
	StatusCode  int
	Subprotocol string // for the client's handshake to choose, a token; "" is none
}

// JSON makes of one of a Handler's methods what Lambda calls: event and response are JSON to it.
func JSON(handle func(context.Context, Event) (Response, error)) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		e, err := decode(event)
		if err != nil {
			return nil, err
		}
		resp, err := handle(ctx, e)
		if err != nil {
			return nil, err
		}
		return resp.encode(), nil
	}
}

func (r Response) encode() []byte {
	b := append(make([]byte, 0, 128), `{"statusCode":`...)
	b = strconv.AppendInt(b, int64(r.StatusCode), 10)
	b = append(b, `,"headers":`...)
	if r.Subprotocol == "" {
		b = append(b, "null"...)
	} else {
		b = append(b, `{"Sec-WebSocket-Protocol":`...)
		b = strconv.AppendQuote(b, r.Subprotocol) // as JSON has it: a token consists of visible ASCII
		b = append(b, '}')
	}
	return append(b, `,"multiValueHeaders":null,"body":""}`...)
}
