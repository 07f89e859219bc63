package http1

import "bytes"

// maxLine is how long the line may be that a chunk begins with.
const maxLine = 4 << 10

// readChunks puts a body together, and reads the trailer behind it, which says nothing that we need.
func (c *Conn) readChunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, ok := chunkSize(line)
		if !ok {
			return errChunk
		}
		if size == 0 {
			return c.trailer()
		}
		if len(c.chunks)+size > maxBody {
			return errLong
		}
		for size > 0 {
			c.compact()
			if c.at == len(c.in) {
				if err := c.more(1); err != nil {
					return err
				}
			}
			n := min(size, len(c.in)-c.at)
			c.chunks = append(c.chunks, c.in[c.at:c.at+n]...)
			c.at, size = c.at+n, size-n
		}
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) > 0 {
			return errChunk
		}
	}
}

// compact begins the buffer anew once all of it is read. The head is kept elsewhere, as it is asked for
// later.
func (c *Conn) compact() {
	if c.at == len(c.in) && len(c.in) == cap(c.in) {
		c.in, c.at = make([]byte, 0, cap(c.in)), 0
	}
}

func (c *Conn) trailer() error {
	for read := 0; read <= maxHead; {
		line, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if name, _, ok := bytes.Cut(line, []byte(":")); !ok || !isToken(name) {
			return errChunk
		}
		read += len(line)
	}
	return errLong
}

// line reads a line and returns it without its end, which may be no bare line feed, unlike a head's.
func (c *Conn) line() ([]byte, error) {
	for from := c.at; ; {
		if n := bytes.IndexByte(c.in[from:], '\n'); n >= 0 {
			line := c.in[c.at : from+n]
			c.at = from + n + 1
			line, ok := bytes.CutSuffix(line, []byte("\r"))
			if !ok {
				return nil, errChunk
			}
			return line, nil
		}
		if len(c.in)-c.at > maxLine {
			return nil, errChunk
		}
		from = len(c.in)
		if err := c.more(1); err != nil {
			return nil, err
		}
	}
}

// chunkSize reads the size of a chunk, up to its extensions.
func chunkSize(line []byte) (size int, ok bool) {
	line, _, _ = bytes.Cut(line, []byte(";"))
	line = bytes.TrimRight(line, " \t")
	if len(line) == 0 || len(line) > 8 {
		return 0, false
	}
	for _, b := range line {
		switch {
		case '0' <= b && b <= '9':
			b -= '0'
		case 'a' <= b && b <= 'f':
			b -= 'a' - 10
		case 'A' <= b && b <= 'F':
			b -= 'A' - 10
		default:
			return 0, false
		}
		size = size<<4 | int(b)
	}
	return size, true
}
