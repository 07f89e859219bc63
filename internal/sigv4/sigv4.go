// Package sigv4 writes the heads of requests to AWS, signed by Signature Version 4, as the SDK's signer
// signs them: a test compares the two. It keeps the key of the day, and allocates nothing once its
// buffers have grown.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	stamp      = "20060102T150405Z"
	ofDay      = len("20060102")
)

// Credentials are those of a function: the token belongs to the keys, and is empty where they are a
// user's.
type Credentials struct{ AccessKey, SecretKey, Token string }

// Request is what is signed.
type Request struct {
	Method      string
	Path        []byte // escaped, as it is sent
	Host        string
	ContentType string
	Body        []byte
}

// Signer signs requests to one service in one region. It is not for concurrent use.
type Signer struct {
	Region  string
	Service string

	credentials Credentials
	day         [ofDay]byte
	scope       []byte    // day, region, service
	mac         hash.Hash // by the key of all these; nil before the first
	date        []byte
	text        []byte // what is signed
	digest      []byte
}

// AppendHead appends the request line and the fields of a request, signed at that time, to b, and not
// the empty line that ends the head: fields that are not signed may follow. It reports false, and b as
// it was, where the credentials are none that a field can hold.
func (s *Signer) AppendHead(b []byte, r *Request, c Credentials, at time.Time) (head []byte, ok bool) {
	s.date = at.UTC().AppendFormat(s.date[:0], stamp)
	if s.mac == nil || s.credentials != c || string(s.day[:]) != string(s.date[:ofDay]) {
		if !isText(c.AccessKey) || c.Token != "" && !isText(c.Token) {
			return b, false
		}
		s.derive(c)
	}
	signature := s.sign(r)
	b = append(append(append(append(b, r.Method...), ' '), r.Path...), " HTTP/1.1"...)
	b = append(append(b, "\r\nHost: "...), r.Host...)
	b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(len(r.Body)), 10)
	b = append(append(b, "\r\nContent-Type: "...), r.ContentType...)
	b = append(append(b, "\r\nX-Amz-Date: "...), s.date...)
	if c.Token != "" {
		b = append(append(b, "\r\nX-Amz-Security-Token: "...), c.Token...)
	}
	b = append(append(b, "\r\nAuthorization: "+algorithm+" Credential="...), c.AccessKey...)
	b = append(append(append(b, '/'), s.scope...), ", SignedHeaders="...)
	b = append(s.appendNames(b, r), ", Signature="...)
	return append(hex.AppendEncode(b, signature), "\r\n"...), true
}

// derive makes the key for the day of s.date.
func (s *Signer) derive(c Credentials) {
	copy(s.day[:], s.date)
	key := []byte("AWS4" + c.SecretKey)
	for _, part := range []string{string(s.day[:]), s.Region, s.Service, terminator} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	s.mac, s.credentials = hmac.New(sha256.New, key), c
	s.scope = append(append(s.scope[:0], s.day[:]...), "/"+s.Region+"/"+s.Service+"/"+terminator...)
}

func (s *Signer) sign(r *Request) []byte {
	t := append(append(s.text[:0], r.Method...), '\n')
	t = append(AppendEscaped(t, r.Path, true), "\n\n"...) // escaped once more, and no query
	if len(r.Body) > 0 {
		t = append(strconv.AppendInt(append(t, "content-length:"...), int64(len(r.Body)), 10), '\n')
	}
	t = append(append(append(t, "content-type:"...), r.ContentType...), '\n')
	t = append(append(append(t, "host:"...), r.Host...), '\n')
	t = append(append(append(t, "x-amz-date:"...), s.date...), '\n')
	if s.credentials.Token != "" {
		t = append(append(append(t, "x-amz-security-token:"...), s.credentials.Token...), '\n')
	}
	t = append(s.appendNames(append(t, '\n'), r), '\n')
	sum := sha256.Sum256(r.Body)
	t = hex.AppendEncode(t, sum[:])
	sum = sha256.Sum256(t)
	t = append(append(t[:0], algorithm+"\n"...), s.date...)
	t = append(append(append(t, '\n'), s.scope...), '\n')
	s.text = hex.AppendEncode(t, sum[:])
	s.mac.Reset()
	s.mac.Write(s.text)
	s.digest = s.mac.Sum(s.digest[:0])
	return s.digest
}

// appendNames appends the names of the fields that are signed. An empty body's length is not.
func (s *Signer) appendNames(b []byte, r *Request) []byte {
	if len(r.Body) > 0 {
		b = append(b, "content-length;"...)
	}
	b = append(b, "content-type;host;x-amz-date"...)
	if s.credentials.Token != "" {
		b = append(b, ";x-amz-security-token"...)
	}
	return b
}

// AppendEscaped appends text escaped as AWS does it: all but unreserved characters.
func AppendEscaped[T string | []byte](b []byte, text T, keepSlash bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == '/' && keepSlash:
			b = append(b, c)
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}

// isText reports whether a field can hold the text, so that it is read as it was signed.
func isText(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return text != ""
}
