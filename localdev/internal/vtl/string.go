package vtl

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// A Java string is a row of UTF-16 units; so are lengths and indexes.
func units(s string) []uint16     { return utf16.Encode([]rune(s)) }
func fromUnits(u []uint16) string { return string(utf16.Decode(u)) }
func javaSpace(c rune) bool       { return c <= ' ' }
func unitsBefore(s string, i int) any {
	if i < 0 {
		return int64(-1)
	}
	return int64(len(units(s[:i])))
}

func (r *run) callString(s, name string, args []any) (any, error) {
	a, b := r.text(argument(args, 0)), r.text(argument(args, 1))
	r.spend(4 * (len(s) + len(a) + len(b)))
	switch name {
	case "length":
		return int64(len(units(s))), nil
	case "isEmpty":
		return s == "", nil
	case "isBlank":
		return strings.TrimSpace(s) == "", nil
	case "contains":
		return strings.Contains(s, a), nil
	case "startsWith":
		return strings.HasPrefix(s, a), nil
	case "endsWith":
		return strings.HasSuffix(s, a), nil
	case "indexOf":
		if from, ok := integer(argument(args, 1)); ok && from > 0 {
			u := units(s)
			from = min(from, len(u))
			i := strings.Index(fromUnits(u[from:]), a)
			if i < 0 {
				return int64(-1), nil
			}
			return int64(from) + unitsBefore(fromUnits(u[from:]), i).(int64), nil
		}
		return unitsBefore(s, strings.Index(s, a)), nil
	case "lastIndexOf":
		return unitsBefore(s, strings.LastIndex(s, a)), nil
	case "charAt":
		u := units(s)
		i, err := indexed(argument(args, 0), len(u))
		if err != nil {
			return nil, err
		}
		return fromUnits(u[i : i+1]), nil
	case "equalsIgnoreCase":
		return strings.EqualFold(s, a), nil
	case "compareTo":
		return compareUnits(units(s), units(a)), nil
	case "toLowerCase":
		return strings.ToLower(s), nil
	case "toUpperCase":
		return strings.ToUpper(s), nil
	case "trim":
		return strings.TrimFunc(s, javaSpace), nil
	case "strip":
		return strings.TrimFunc(s, unicode.IsSpace), nil
	case "concat":
		return bounded(s + a)
	case "replace":
		if len(b) > len(a) && strings.Count(s, a)*(len(b)-len(a)) > maxOutput {
			return nil, ErrTooMuch
		}
		return bounded(strings.ReplaceAll(s, a, b))
	case "substring", "subSequence":
		return substring(s, args)
	case "replaceAll", "replaceFirst", "split", "matches":
		return r.callPattern(s, name, a, b, argument(args, 1))
	}
	return nil, errNoMethod
}

// compareUnits is String.compareTo: how far the first units that differ are from each other, or the
// lengths.
func compareUnits(a, b []uint16) int64 {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return int64(a[i]) - int64(b[i])
		}
	}
	return int64(len(a) - len(b))
}

func bounded(s string) (any, error) {
	if len(s) > maxOutput {
		return nil, ErrTooMuch
	}
	return s, nil
}

func substring(s string, args []any) (any, error) {
	u := units(s)
	from, ok := integer(argument(args, 0))
	to := len(u)
	if len(args) > 1 {
		var okTo bool
		to, okTo = integer(args[1])
		ok = ok && okTo
	}
	if !ok || from < 0 || to > len(u) || from > to {
		return nil, fmt.Errorf("begin %v, end %d is out of bounds for length %d", argument(args, 0), to, len(u))
	}
	return fromUnits(u[from:to]), nil
}

func (r *run) callPattern(s, name, pattern, with string, limit any) (any, error) {
	r.spend(16 * len(pattern))
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("localdev reads regular expressions as Go does: %w", err)
	}
	switch name {
	case "matches":
		re, err = regexp.Compile(`\A(?:` + pattern + `)\z`)
		return err == nil && re.MatchString(s), err
	case "split":
		n, _ := integer(limit)
		return split(re, s, n), nil
	}
	return substitute(re, s, with, name == "replaceFirst")
}

// split leaves out what is empty at the end, unless there is a limit.
func split(re *regexp.Regexp, s string, limit int) *array {
	n := limit
	if n <= 0 {
		n = -1
	}
	texts := re.Split(s, n)
	if limit == 0 {
		for len(texts) > 1 && texts[len(texts)-1] == "" {
			texts = texts[:len(texts)-1]
		}
	}
	parts := &array{}
	for _, p := range texts {
		parts.items = append(parts.items, p)
	}
	return parts
}

// substitute replaces matches. In what comes instead, $1 is a group and a backslash takes a
// character's meaning away.
func substitute(re *regexp.Regexp, s, with string, once bool) (any, error) {
	var b strings.Builder
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[end:m[0]])
		end = m[1]
		for i := 0; i < len(with); i++ {
			switch c := with[i]; {
			case c == '\\' && i+1 < len(with):
				i++
				b.WriteByte(with[i])
			case c == '$' && i+1 < len(with) && isDigit(with[i+1]):
				i++
				group := int(with[i] - '0')
				if 2*group+1 >= len(m) {
					return nil, fmt.Errorf("no group %d", group)
				}
				if m[2*group] >= 0 {
					b.WriteString(s[m[2*group]:m[2*group+1]])
				}
			case c == '\\', c == '$':
				return nil, fmt.Errorf("the replacement %q ends in the middle, or has a $ without a number", with)
			default:
				b.WriteByte(c)
			}
		}
		if b.Len() > maxOutput {
			return nil, ErrTooMuch
		}
		if once {
			break
		}
	}
	b.WriteString(s[end:])
	return bounded(b.String())
}
