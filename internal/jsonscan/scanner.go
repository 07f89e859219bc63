// Package jsonscan reads JSON from bytes where encoding/json's reflection costs more than the rest
// of the work. It takes what encoding/json takes, reads it alike, and refuses what that refuses. It
// has no texts for errors: whoever needs them asks encoding/json about the same bytes.
//
// Its user walks a text in the order in which it is written:
//
//	s := jsonscan.New(data)
//	for s.Enter('{'); s.Next('}'); {
//		switch string(s.Key()) {
//		case "name":
//			name = s.Text()
//		default:
//			s.Skip()
//		}
//	}
//	if !s.End() {
//		// not such an object, or not JSON at all
//	}
//
// Once something was not as expected, a Scanner stays where it is: every loop ends, all values are
// zero.
package jsonscan

import "strconv"

// maxDepth is how deep encoding/json lets arrays and objects nest.
const maxDepth = 10_000

// A Scanner is a place in a text of JSON.
type Scanner struct {
	data   []byte
	at     int
	depth  int
	most   int  // of depth
	first  bool // nothing of the object or array has been read yet
	failed bool
}

// New returns a Scanner at the start of a text. What it returns of the text are parts of data.
func New(data []byte) Scanner { return Within(data, maxDepth) }

// Within returns a Scanner to which arrays and objects are wrong that are nested deeper than that.
func Within(data []byte, depth int) Scanner { return Scanner{data: data, most: depth} }

// End tells whether all was as expected, and the text ends here.
func (s *Scanner) End() bool {
	s.space()
	return !s.failed && s.at == len(s.data)
}

// Peek returns the first byte of the value that is next, which shows its type, or 0 if there is none.
func (s *Scanner) Peek() byte {
	s.space()
	if s.failed || s.at == len(s.data) {
		return 0
	}
	return s.data[s.at]
}

// Enter goes into an object or an array, which begin with '{' and '['.
func (s *Scanner) Enter(open byte) {
	s.depth++
	if s.Peek() != open || s.depth > s.most {
		s.failed = true
		return
	}
	s.at++
	s.first = true
}

// Next goes to the next member of an object, or element of an array, which end with '}' and ']'. It
// returns false behind the last.
func (s *Scanner) Next(end byte) bool {
	first := s.first
	s.first = false
	switch c := s.Peek(); {
	case c == 0:
		s.failed = true
		return false
	case c == end:
		s.at++
		s.depth--
		return false
	case first:
		return true
	case c == ',':
		s.at++
		if s.Peek() != end {
			return true
		}
	}
	s.failed = true
	return false
}

// Key returns the name of a member as it is written between its quotes, escapes and all.
func (s *Scanner) Key() []byte {
	key := s.Quoted()
	if s.Peek() != ':' {
		s.failed = true
		return nil
	}
	s.at++
	return key
}

// Skip goes behind a value of any type and returns it as it is written.
func (s *Scanner) Skip() []byte {
	c := s.Peek()
	from := s.at
	switch c {
	case '"':
		s.Quoted()
	case '{':
		for s.Enter('{'); s.Next('}'); {
			s.Key()
			s.Skip()
		}
	case '[':
		for s.Enter('['); s.Next(']'); {
			s.Skip()
		}
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
	if s.failed {
		return nil
	}
	return s.data[from:s.at:s.at] // who appends to it does not write over what follows
}

// Int returns the value of a number that is whole and written so.
func (s *Scanner) Int() int64 {
	s.Peek()
	from := s.at
	s.number()
	if s.failed {
		return 0
	}
	n, err := strconv.ParseInt(string(s.data[from:s.at]), 10, 64)
	s.failed = err != nil
	return n
}

func (s *Scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *Scanner) word(w string) {
	if end := s.at + len(w); end <= len(s.data) && string(s.data[s.at:end]) == w {
		s.at = end
		return
	}
	s.failed = true
}

func (s *Scanner) number() {
	if s.failed {
		return
	}
	s.one('-', '-')
	if !s.one('0', '0') && !s.digits() {
		s.failed = true
		return
	}
	if s.one('.', '.') && !s.digits() {
		s.failed = true
	}
	if s.one('e', 'E') {
		s.one('+', '-')
		if !s.digits() {
			s.failed = true
		}
	}
}

// one goes behind the next byte if it is one of two.
func (s *Scanner) one(a, b byte) bool {
	is := s.at < len(s.data) && (s.data[s.at] == a || s.data[s.at] == b)
	if is {
		s.at++
	}
	return is
}

// digits goes behind digits and tells whether there were any.
func (s *Scanner) digits() bool {
	from := s.at
	for s.at < len(s.data) && s.data[s.at] >= '0' && s.data[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}
