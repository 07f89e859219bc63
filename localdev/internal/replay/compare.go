package replay

import (
	"encoding/json"
	"io"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	shortestBound = 8 // bytes of a string that may be a generated one
	decade        = 10 * 365 * 24 * time.Hour
)

// words are strings that nobody generates: types, codes, sentences. What differs in them differs.
var words = regexp.MustCompile(`^[A-Za-z]?[a-z]{2,}([-_.:]?[A-Z]?[a-z]{2,})*$|^[A-Z]{2,}([-_.:][A-Z]+)*$|\s`)

// binder knows what the values that a server makes up are today.
type binder struct {
	server   map[string]bool   // strings that first appeared in a server's frame of the recording
	recorded map[string]bool   // all strings of the recording
	today    map[string]string // by the recorded value
	was      map[string]string // the other way round
}

func newBinder(events []event) *binder {
	b := &binder{server: map[string]bool{}, recorded: map[string]bool{}, today: map[string]string{}, was: map[string]string{}}
	for _, e := range events {
		see := func(s string) {
			if !b.recorded[s] {
				b.recorded[s] = true
				b.server[s] = e.Kind == kindServer
			}
		}
		see(e.Text)
		if v, ok := parse(e.Text); ok {
			each(v, see)
		}
		query, _ := url.ParseQuery(e.Query) // what it can read
		for _, values := range query {
			eachOf(values, see)
		}
		for _, values := range e.Headers {
			eachOf(values, see)
		}
		eachOf(e.Protocols, see)
	}
	return b
}

func eachOf(values []string, see func(string)) {
	for _, v := range values {
		see(v)
	}
}

// each calls see with each string value in v.
func each(v any, see func(string)) {
	switch v := v.(type) {
	case string:
		see(v)
	case []any:
		for _, item := range v {
			each(item, see)
		}
	case map[string]any:
		for _, item := range v {
			each(item, see)
		}
	}
}

// parse reads one JSON value; false if text is none.
func parse(text string) (v any, ok bool) {
	from := json.NewDecoder(strings.NewReader(text))
	from.UseNumber()
	if from.Decode(&v) != nil {
		return nil, false
	}
	_, err := from.Token()
	return v, err == io.EOF
}

// same reports whether today's frame is the recorded one, and binds values if it is.
func (b *binder) same(recorded, today string) bool {
	fresh := map[string]string{}
	was, ok := parse(recorded)
	is, okToday := parse(today)
	if ok != okToday {
		return false
	}
	if !ok { // plain text
		was, is = recorded, today
	}
	if !b.match(was, is, fresh) {
		return false
	}
	for from, to := range fresh {
		b.today[from], b.was[to] = to, from
	}
	return true
}

// match compares values; fresh takes the bindings that this needs.
func (b *binder) match(was, is any, fresh map[string]string) bool {
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok || len(is) != len(was) {
			return false
		}
		for _, name := range slices.Sorted(maps.Keys(was)) {
			value, ok := is[name]
			if !ok || !b.match(was[name], value, fresh) {
				return false
			}
		}
		return true
	case []any:
		is, ok := is.([]any)
		if !ok || len(is) != len(was) {
			return false
		}
		for i := range was {
			if !b.match(was[i], is[i], fresh) {
				return false
			}
		}
		return true
	case json.Number:
		is, ok := is.(json.Number)
		return ok && sameNumber(was, is)
	case string:
		is, ok := is.(string)
		return ok && b.matchString(was, is, fresh)
	}
	return was == is
}

func (b *binder) matchString(was, is string, fresh map[string]string) bool {
	if bound, ok := b.today[was]; ok {
		return is == bound
	}
	if bound, ok := fresh[was]; ok {
		return is == bound
	}
	switch {
	case was == is:
		return true
	case isDate(was) && isDate(is):
		return true
	case len(was) < shortestBound || len(is) < shortestBound, !b.server[was], words.MatchString(was), words.MatchString(is):
		return false
	case b.recorded[is]: // what is generated never comes twice
		return false
	}
	if _, taken := b.was[is]; taken {
		return false
	}
	for _, to := range fresh {
		if to == is {
			return false
		}
	}
	fresh[was] = is
	return true
}

func isDate(s string) bool {
	t, err := time.Parse(time.RFC3339, s)
	return err == nil && time.Since(t).Abs() < decade
}

func sameNumber(was, is json.Number) bool {
	if was == is {
		return true
	}
	a, errA := was.Float64()
	b, errB := is.Float64()
	if errA != nil || errB != nil {
		return false
	}
	isInteger := !strings.ContainsAny(was.String()+is.String(), ".eE")
	if a == b && !(isInteger && math.Abs(a) >= 1<<53) { // else digits are lost
		return true
	}
	near := func(unit time.Duration) bool {
		now := float64(time.Now().UnixNano()) / float64(unit)
		span := float64(decade) / float64(unit)
		return math.Abs(a-now) < span && math.Abs(b-now) < span
	}
	return near(time.Second) || near(time.Millisecond)
}

// value returns what a recorded string is today.
func (b *binder) value(s string) string {
	if today, ok := b.today[s]; ok {
		return today
	}
	return s
}

// text returns what a client's message is today. All but the bound strings stays as it is, byte for byte.
func (b *binder) text(text string) string {
	if !json.Valid([]byte(text)) {
		return b.value(text)
	}
	var out strings.Builder
	for {
		from := strings.IndexByte(text, '"')
		if from < 0 {
			return out.String() + text
		}
		end := from + 1
		for text[end] != '"' { // there is one: the JSON is valid
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end++
		out.WriteString(text[:from])
		out.WriteString(b.literal(text[from:end]))
		text = text[end:]
	}
}

// literal returns what a JSON string is today.
func (b *binder) literal(literal string) string {
	var s string
	if json.Unmarshal([]byte(literal), &s) != nil {
		return literal
	}
	today, ok := b.today[s]
	if !ok {
		return literal
	}
	line, err := encode(today)
	if err != nil {
		return literal
	}
	return strings.TrimSuffix(string(line), "\n")
}

// query returns what the query of a handshake is today.
func (b *binder) query(raw string) string {
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if s, err := url.QueryUnescape(value); err == nil && b.value(s) != s {
			pairs[i] = name + "=" + url.QueryEscape(b.value(s))
		}
	}
	return strings.Join(pairs, "&")
}

// values returns what header values are today.
func (b *binder) values(values []string) []string {
	today := make([]string, len(values))
	for i, v := range values {
		today[i] = b.value(v)
	}
	return today
}
