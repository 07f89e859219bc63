package vtl

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

func utf16of(c rune) []uint16 { return utf16.Encode([]rune{c}) }

// at returns the part of a document that a JSONPath names: $, members by .name or ['name'], elements by [n].
func at(doc []byte, path string) ([]byte, bool) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok || !json.Valid(doc) {
		return nil, false
	}
	for rest != "" {
		name, index := "", -1
		if after, ok := strings.CutPrefix(rest, "["); ok {
			inside, more, closed := strings.Cut(after, "]")
			if !closed {
				return nil, false
			}
			rest = more
			if n, err := strconv.Atoi(inside); err == nil {
				index = n
			}
			name = strings.Trim(inside, `'"`)
		} else {
			rest = strings.TrimPrefix(rest, ".")
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			name, rest = rest[:end], rest[end:]
		}
		if index >= 0 {
			doc, ok = element(doc, index)
		} else {
			doc, ok = rawjson.Find(doc, name)
		}
		if !ok {
			return nil, false
		}
	}
	return doc, true
}

func element(doc []byte, index int) ([]byte, bool) {
	for v := range rawjson.Array(doc) {
		if index == 0 {
			return v, true
		}
		index--
	}
	return nil, false
}
