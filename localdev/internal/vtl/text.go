package vtl

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// text is a value as a template writes it: as Java's toString, and JSON where a list came from
// JSON. It is cut where it would be longer than any output.
func (r *run) text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case *composed:
		s, err := v.value(r)
		if err != nil {
			r.err = err
		}
		return r.text(s)
	}
	b := appendText(nil, v, 0)
	r.spend(len(b))
	return string(b)
}

// maxNesting is how deep a list is written that may hold itself.
const maxNesting = 1000

func appendText(b []byte, v any, depth int) []byte {
	if len(b) > maxOutput || depth > maxNesting {
		return b
	}
	switch v := v.(type) {
	case string:
		return append(b, v...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return append(b, double(v)...)
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			f, _ := v.Float64()
			return append(b, double(f)...)
		}
		return append(b, v...)
	case *pair:
		b = append(append(b, v.key...), '=')
		return appendText(b, v.value, depth+1)
	case *array:
		if v.json {
			return appendJSON(b, v, depth)
		}
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ", "...)
			}
			if item == any(v) {
				b = append(b, "(this Collection)"...)
				continue
			}
			b = appendText(b, item, depth+1)
		}
		return append(b, ']')
	case *object:
		if v.mute {
			return b
		}
		b = append(b, '{')
		for i, name := range v.names {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(append(b, name...), '=')
			if v.members[name] == any(v) {
				b = append(b, "(this Map)"...)
				continue
			}
			b = appendText(b, v.members[name], depth+1)
		}
		return append(b, '}')
	case nil:
		return append(b, "null"...)
	}
	return b
}

func appendJSON(b []byte, v any, depth int) []byte {
	if len(b) > maxOutput || depth > maxNesting {
		return b
	}
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			v = strings.ToValidUTF8(v, "\uFFFD")
		}
		return rawjson.AppendString(b, v)
	case json.Number:
		return append(b, v...)
	case *array:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item, depth+1)
		}
		return append(b, ']')
	case *object:
		b = append(b, '{')
		for i, name := range v.names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSON(b, name, depth), ':')
			b = appendJSON(b, v.members[name], depth+1)
		}
		return append(b, '}')
	case *pair:
		return appendJSON(b, v.key, depth)
	}
	return appendText(b, v, depth)
}

// double writes a number as Java's Double.toString.
func double(f float64) string {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case abs == 0 || abs >= 1e-3 && abs < 1e7:
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	return mantissa + "E" + sign + strings.TrimLeft(exponent[1:], "0")
}
