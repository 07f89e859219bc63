package http1

import (
	"bytes"
	"errors"
	"io"
)

// Answer is what a server answers.
type Answer struct {
	Status int
	Body   []byte
	Close  bool // no request can follow on this connection
	head   []byte
}

var (
	errHead  = errors.New("http1: the head of the answer is malformed")
	errLong  = errors.New("http1: the answer is too long")
	errChunk = errors.New("http1: a chunk of the answer is malformed")
)

// Header returns the value of the first field of that name, however it is spelled, and nil if there is
// none.
func (a *Answer) Header(name string) []byte {
	for key, value := range a.Fields {
		if equal(key, name) {
			return value
		}
	}
	return nil
}

// Fields are those of the head, in their order.
func (a *Answer) Fields(yield func(name, value []byte) bool) {
	for rest := a.head; len(rest) > 0; {
		var line []byte
		if line, rest = cutLine(rest); !yield(field(line)) {
			return
		}
	}
}

// answer reads an answer, and what comes before it while it is being made.
func (c *Conn) answer() (Answer, error) {
	for {
		a, f, err := c.head()
		switch {
		case err != nil:
			return a, err
		case a.Status == 101: // another protocol follows
			return Answer{}, errHead
		case a.Status >= 200:
			err := c.body(&a, f)
			return a, err
		case c.at > maxHead:
			return Answer{}, errLong
		}
	}
}

// framing is what the head says of where the body ends.
type framing struct {
	length  int // -1: it does not say
	chunked bool
}

// head reads one head, and leaves c.at behind it.
func (c *Conn) head() (Answer, framing, error) {
	end, from := 0, c.at
	for end == 0 {
		if end = headEnd(c.in, c.at, from); end > 0 {
			break
		}
		if len(c.in)-c.at > maxHead {
			return Answer{}, framing{}, errLong
		}
		from = len(c.in)
		if err := c.more(1); err != nil {
			return Answer{}, framing{}, err
		}
	}
	a, f, ok := parseHead(c.in[c.at:end])
	c.at = end
	if !ok {
		return Answer{}, f, errHead
	}
	return a, f, nil
}

// headEnd returns where the head that begins at begin ends, behind its empty line, and 0 if that
// has not come. Up to from it was looked for before.
func headEnd(in []byte, begin, from int) int {
	for i := max(begin, from-2); i < len(in); {
		n := bytes.IndexByte(in[i:], '\n')
		if n < 0 {
			return 0
		}
		i += n + 1
		switch {
		case i < len(in) && in[i] == '\n':
			return i + 1
		case i+1 < len(in) && in[i] == '\r' && in[i+1] == '\n':
			return i + 2
		}
	}
	return 0
}

// body reads the body, by what the head says of it.
func (c *Conn) body(a *Answer, f framing) (err error) {
	switch {
	case a.Status == 204 || a.Status == 304:
		return nil
	case f.chunked:
		err = c.readChunks()
		a.Body = c.chunks
		return err
	case f.length > maxBody:
		return errLong
	}
	begin := c.at
	for err == nil && (f.length < 0 || len(c.in)-begin < f.length) {
		if len(c.in)-begin > maxBody {
			return errLong
		}
		err = c.more(max(f.length, 1))
	}
	if f.length < 0 {
		if a.Close = true; err == io.EOF { //nolint:errorlint // as readers give it: the end, and no other one
			err = nil
		}
	}
	end := len(c.in)
	if f.length >= 0 {
		end = min(begin+f.length, end)
	}
	a.Body, c.at = c.in[begin:end], end
	return err
}
