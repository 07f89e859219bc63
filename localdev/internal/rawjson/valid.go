package rawjson

import (
	"encoding/json"
	"math/bits"
)

// Valid is json.Valid, in a fraction of its time: it is asked about each message of each client.
func Valid(doc []byte) bool {
	const deepest = 64 // encoding/json, which has a limit too, sees to what is nested deeper
	var objects uint64 // which brackets of those that are open are braces, the innermost in the lowest bit
	i, depth := 0, 0
	for {
		i = space(doc, i)
		if i == len(doc) {
			return false
		}
		closed := false
		switch c := doc[i]; c {
		case '{', '[':
			if depth == deepest {
				return json.Valid(doc)
			}
			depth++
			objects <<= 1
			i = space(doc, i+1)
			if c == '{' {
				objects |= 1
			}
			if i == len(doc) {
				return false
			}
			if closed = doc[i] == c+2; closed { // as ] and } follow [ and { in ASCII, two places behind
				break
			}
			if c == '{' {
				i = name(doc, i)
			}
		case '"':
			i, closed = text(doc, i), true
		default:
			i, closed = scalar(doc, i), true
		}
		if i < 0 {
			return false
		}
		for closed {
			i = space(doc, i)
			switch {
			case depth == 0:
				return i == len(doc)
			case i == len(doc):
				return false
			case doc[i] == ',':
				i++
				if objects&1 == 1 {
					i = name(doc, space(doc, i))
				}
				closed = false
			case doc[i] == ']' && objects&1 == 0, doc[i] == '}' && objects&1 == 1:
				i++
				depth--
				objects >>= 1
			default:
				return false
			}
			if i < 0 {
				return false
			}
		}
	}
}

// name returns the place after the name and the colon of a member, -1 if there are none at i.
func name(doc []byte, i int) int {
	if i == len(doc) || doc[i] != '"' {
		return -1
	}
	if i = text(doc, i); i < 0 {
		return -1
	}
	if i = space(doc, i); i == len(doc) || doc[i] != ':' {
		return -1
	}
	return i + 1
}

// text returns the place after the string that starts at i, -1 if it makes no sense.
func text(doc []byte, i int) int {
	for {
		i = plain(doc, i+1)
		if i == len(doc) {
			return -1
		}
		switch doc[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		default:
			return -1
		}
		if i == len(doc) {
			return -1
		}
		switch doc[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			for range 4 {
				if i++; i == len(doc) || !isHex(doc[i]) {
					return -1
				}
			}
		default:
			return -1
		}
	}
}

// plain returns the first place from i on that has a quote, a backslash or a control character,
// else the end. It looks at eight bytes at once, by what a subtraction borrows: only of the lowest
// bit that is set in found is that sure.
func plain[S string | []byte](s S, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56 // one load
		quote, backslash := w^ones*'"', w^ones*'\\'
		found := ((w-ones*' ')&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// scalar returns the place after the number, the boolean or the null that starts at i, -1 if there
// is none.
func scalar(doc []byte, i int) int {
	for _, word := range []string{"true", "false", "null"} {
		if doc[i] != word[0] {
			continue
		}
		if end := i + len(word); end <= len(doc) && string(doc[i:end]) == word {
			return end
		}
		return -1
	}
	if doc[i] == '-' {
		i++
	}
	if i < len(doc) && doc[i] == '0' {
		i++
	} else if i = digits(doc, i); i < 0 {
		return -1
	}
	if i < len(doc) && doc[i] == '.' {
		if i = digits(doc, i+1); i < 0 {
			return -1
		}
	}
	if i < len(doc) && (doc[i] == 'e' || doc[i] == 'E') {
		i++
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		i = digits(doc, i)
	}
	return i
}

// digits returns the place after the digits at i, -1 if there are none.
func digits(doc []byte, i int) int {
	from := i
	for i < len(doc) && doc[i] >= '0' && doc[i] <= '9' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
