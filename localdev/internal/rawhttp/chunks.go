package rawhttp

import "bytes"

// chunks reads the rest of a request whose body comes in chunks, as a client sends what it does not
// know the length of, and returns where it ends. That is 0 if the rest is for net/http: it breaks off,
// is too long, or has extensions or trailers.
func (k *link) chunks(head int) (whole int) {
	r := &k.request
	body := k.chunked[:0]
	for at := head; ; {
		size, line, plain := chunkLine(k.in[at:])
		end := at + line + size
		switch {
		case !plain || size > k.listener.MaxBody-len(body):
			return 0
		case line == 0 || len(k.in) < end+2:
			if k.until(0) != nil || k.read() != nil {
				return 0
			}
		case k.in[end] != '\r' || k.in[end+1] != '\n':
			return 0
		default:
			body = append(body, k.in[at+line:end]...)
			if at = end + 2; size > 0 {
				break
			}
			r.parse(k.in[:head]) // once more, where it may have been moved to
			r.Body, r.Length = body, len(body)
			if k.chunked = body; cap(body) > 4*usual { // as in drop
				k.chunked = nil
			}
			return at
		}
	}
}

// chunkLine reads the line in front of a chunk, and returns the chunk's size and the line's own. The
// latter is 0 if not all of it is there.
func chunkLine(b []byte) (size, line int, plain bool) {
	const digits = 8
	for i, c := range b {
		switch {
		case c == '\r' && i > 0:
			if len(b) == i+1 {
				return 0, 0, true
			}
			return size, i + 2, b[i+1] == '\n'
		case i == digits || !isHex(c):
			return 0, 0, false
		case c <= '9':
			size = size<<4 | int(c-'0')
		default:
			size = size<<4 | int(lower(c)-'a'+10)
		}
	}
	return 0, 0, true
}

// announced reports whether the value of Trailer names fields that may come behind a body. Whether any
// do is another question.
func announced(value []byte) bool {
	for name := range bytes.SplitSeq(value, []byte(",")) {
		name = bytes.Trim(name, " \t")
		if len(name) == 0 || !all(name, &tokens) ||
			equal(name, "Transfer-Encoding") || equal(name, "Trailer") || equal(name, "Content-Length") {
			return false
		}
	}
	return true
}
