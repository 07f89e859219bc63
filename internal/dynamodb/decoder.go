package dynamodb

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/jsonscan"
)

// decoder reads JSON. It takes null for what is not there, as the SDK does.
type decoder struct {
	jsonscan.Scanner

	wrong bool // what is written is JSON, and not what it should be
}

func newDecoder(body []byte) *decoder { return &decoder{Scanner: jsonscan.New(body)} }

// end reports whether all was read as it should be.
func (d *decoder) end() bool { return d.End() && !d.wrong }

func (d *decoder) name() []byte {
	name := d.Key()
	if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
		name = []byte(jsonscan.Unquote(name))
	}
	return name
}

// null goes behind the value that is next if it is null.
func (d *decoder) null() bool { return d.Peek() == 'n' && d.Skip() != nil }

func (d *decoder) text() string {
	if d.null() {
		return ""
	}
	return d.Text()
}

func (d *decoder) bool() bool {
	is := string(d.Skip())
	d.wrong = d.wrong || is != "true" && is != "false"
	return is == "true"
}

func (d *decoder) number() float64 {
	if d.null() {
		return 0
	}
	n, err := strconv.ParseFloat(string(d.Skip()), 64)
	d.wrong = d.wrong || err != nil
	return n
}

func (d *decoder) bytes() []byte {
	if d.null() {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(d.Text())
	d.wrong = d.wrong || err != nil
	return b
}

func (d *decoder) item() Item {
	if d.null() {
		return nil
	}
	i := Item{}
	for d.Enter('{'); d.Next('}'); {
		name := jsonscan.Unquote(d.Key())
		i[name] = d.value()
	}
	return i
}

// value reads an attribute's value, nil where none is written.
func (d *decoder) value() (v types.AttributeValue) {
	if d.null() {
		return nil
	}
	for d.Enter('{'); d.Next('}'); {
		kind := d.name()
		if d.null() {
			continue
		}
		switch string(kind) {
		case "S":
			v = &types.AttributeValueMemberS{Value: d.Text()}
		case "N":
			v = &types.AttributeValueMemberN{Value: d.Text()}
		case "B":
			v = &types.AttributeValueMemberB{Value: d.bytes()}
		case "BOOL":
			v = &types.AttributeValueMemberBOOL{Value: d.bool()}
		case "NULL":
			v = &types.AttributeValueMemberNULL{Value: d.bool()}
		case "M":
			v = &types.AttributeValueMemberM{Value: d.item()}
		case "L":
			v = &types.AttributeValueMemberL{Value: elements(d, d.value)}
		case "SS":
			v = &types.AttributeValueMemberSS{Value: elements(d, d.text)}
		case "NS":
			v = &types.AttributeValueMemberNS{Value: elements(d, d.text)}
		case "BS":
			v = &types.AttributeValueMemberBS{Value: elements(d, d.bytes)}
		default:
			v = &types.UnknownUnionMember{Tag: string(kind)}
			d.Skip()
		}
	}
	return v
}

func elements[T any](d *decoder, read func() T) []T {
	all := []T{}
	for d.Enter('['); d.Next(']'); {
		all = append(all, read())
	}
	return all
}
