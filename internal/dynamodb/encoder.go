package dynamodb

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// encoder writes JSON as the SDK does, to the byte, where the order of a map's keys allows.
type encoder struct {
	to  []byte
	err error
}

// encode returns the body of a request.
func encode(in input) ([]byte, error) {
	e := &encoder{to: make([]byte, 0, 512)}
	e.open('{')
	in.encode(e)
	e.close('}')
	if e.err != nil {
		return nil, &smithy.SerializationError{Err: e.err}
	}
	return e.to[:len(e.to)-1], nil // without the comma behind it
}

func (e *encoder) open(c byte) { e.to = append(e.to, c) }

// close ends an object or an array, each value of which has put a comma behind itself.
func (e *encoder) close(c byte) {
	if last := len(e.to) - 1; e.to[last] == ',' {
		e.to[last] = c
	} else {
		e.to = append(e.to, c)
	}
	e.comma()
}

func (e *encoder) comma() { e.to = append(e.to, ',') }

func (e *encoder) key(name string) { e.to = append(appendText(e.to, name), ':') }

func (e *encoder) text(s string) {
	e.to = appendText(e.to, s)
	e.comma()
}

func (e *encoder) bool(b bool) {
	e.to = strconv.AppendBool(e.to, b)
	e.comma()
}

func (e *encoder) bytes(b []byte) {
	if b == nil {
		e.to = append(e.to, "null,"...)
		return
	}
	e.to = append(base64.StdEncoding.AppendEncode(append(e.to, '"'), b), `",`...)
}

func (e *encoder) optional(name string, s *string) {
	if s != nil {
		e.key(name)
		e.text(*s)
	}
}

func (e *encoder) choice(name, s string) {
	if s != "" {
		e.key(name)
		e.text(s)
	}
}

func (e *encoder) units() { e.to = append(e.to, `"ReturnConsumedCapacity":"TOTAL",`...) }

func (e *encoder) names(names map[string]string) {
	if names == nil {
		return
	}
	e.key("ExpressionAttributeNames")
	e.open('{')
	for short, name := range names {
		e.key(short)
		e.text(name)
	}
	e.close('}')
}

func (e *encoder) item(name string, i Item) {
	if i != nil {
		e.key(name)
		e.members(i)
	}
}

func (e *encoder) members(i Item) {
	e.open('{')
	for name, v := range i {
		e.key(name)
		e.value(v)
	}
	e.close('}')
}

func (e *encoder) value(v types.AttributeValue) {
	e.open('{')
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		e.key("S")
		e.text(v.Value)
	case *types.AttributeValueMemberN:
		e.key("N")
		e.text(v.Value)
	case *types.AttributeValueMemberB:
		e.key("B")
		e.bytes(v.Value)
	case *types.AttributeValueMemberBOOL:
		e.key("BOOL")
		e.bool(v.Value)
	case *types.AttributeValueMemberNULL:
		e.key("NULL")
		e.bool(v.Value)
	case *types.AttributeValueMemberM:
		e.key("M")
		e.members(v.Value)
	case *types.AttributeValueMemberL:
		e.key("L")
		list(e, v.Value, e.value)
	case *types.AttributeValueMemberSS:
		e.key("SS")
		list(e, v.Value, e.text)
	case *types.AttributeValueMemberNS:
		e.key("NS")
		list(e, v.Value, e.text)
	case *types.AttributeValueMemberBS:
		e.key("BS")
		list(e, v.Value, e.bytes)
	default:
		e.err = fmt.Errorf("no attribute can be a %T", v)
	}
	e.close('}')
}

func list[T any](e *encoder, values []T, write func(T)) {
	e.open('[')
	for _, v := range values {
		write(v)
	}
	e.close(']')
}
