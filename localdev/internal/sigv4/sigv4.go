// Package sigv4 checks Signature Version 4 of HTTP requests, in the Authorization header or presigned in the query.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	stamp     = "20060102T150405Z"
	skew      = 5 * time.Minute
)

// Why a request is refused.
var (
	ErrMissing   = errors.New("request is not signed")
	ErrMalformed = errors.New("signature is malformed")
	ErrScope     = errors.New("signed for another region or service")
	ErrKey       = errors.New("access key is not known")
	ErrExpired   = errors.New("signature is too old, or of the future")
	ErrMismatch  = errors.New("signature does not match")
)

// Verifier checks requests to one service.
type Verifier struct {
	Region  string
	Service string
	Secret  func(accessKey string) (secret string, ok bool)
	Now     func() time.Time
}

// signature is what a request says about how it was signed.
type signature struct {
	key, date, region, service string
	headers                    []string
	value, at, token           string
	expires                    time.Duration
	presigned                  bool
}

// Verify returns the access key that a request is signed with, and nil if the key is known and the
// signature its own, else one of the errors above. bodyHash is the SHA-256 of the body in
// hexadecimal.
func (v *Verifier) Verify(r *http.Request, bodyHash string) (accessKey string, err error) {
	s, err := read(r)
	if err != nil {
		return "", err
	}
	if s.region != v.Region || s.service != v.Service {
		return s.key, ErrScope
	}
	at, err := time.Parse(stamp, s.at)
	if err != nil || !strings.HasPrefix(s.at, s.date) || !slices.Contains(s.headers, "host") {
		return s.key, ErrMalformed
	}
	if age := v.Now().Sub(at); age < -skew || age > max(skew, s.expires) && !s.presigned || s.presigned && age > s.expires {
		return s.key, ErrExpired
	}
	secret, ok := v.Secret(s.key)
	if !ok {
		return s.key, ErrKey
	}
	key := sum(sum(sum(sum([]byte("AWS4"+secret), s.date), s.region), s.service), "aws4_request")
	hashes := []string{bodyHash}
	if s.presigned {
		hashes = append(hashes, "UNSIGNED-PAYLOAD")
	} else if said := r.Header.Get("X-Amz-Content-Sha256"); said == "UNSIGNED-PAYLOAD" {
		hashes[0] = said
	}
	for _, hash := range hashes {
		for _, canonical := range s.canonical(r, hash) {
			digest := sha256.Sum256([]byte(canonical))
			scope := s.date + "/" + s.region + "/" + s.service + "/aws4_request"
			want := hex.EncodeToString(sum(key, algorithm+"\n"+s.at+"\n"+scope+"\n"+hex.EncodeToString(digest[:])))
			if hmac.Equal([]byte(want), []byte(s.value)) {
				return s.key, nil
			}
		}
	}
	return s.key, ErrMismatch
}

func sum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func read(r *http.Request) (signature, error) {
	s := signature{}
	credential, signed := "", ""
	query := r.URL.Query()
	switch header := r.Header.Get("Authorization"); {
	case strings.HasPrefix(header, algorithm+" "):
		for _, field := range strings.Split(header[len(algorithm)+1:], ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
			switch name {
			case "Credential":
				credential = value
			case "SignedHeaders":
				signed = value
			case "Signature":
				s.value = value
			}
		}
		s.at = r.Header.Get("X-Amz-Date")
	case query.Get("X-Amz-Algorithm") == algorithm:
		s.presigned = true
		credential, signed, s.value = query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Signature")
		s.at, s.token = query.Get("X-Amz-Date"), query.Get("X-Amz-Security-Token")
		s.expires = 15 * time.Minute
		if text := query.Get("X-Amz-Expires"); text != "" {
			seconds, err := strconv.Atoi(text)
			if err != nil || seconds < 1 || seconds > 604_800 {
				return s, ErrMalformed
			}
			s.expires = time.Duration(seconds) * time.Second
		}
	default:
		return s, ErrMissing
	}
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || signed == "" || s.value == "" {
		return s, ErrMalformed
	}
	s.key, s.date, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	s.headers = strings.Split(signed, ";")
	return s, nil
}

// canonical returns the texts that may have been signed: clients differ in whether the path is escaped once more, and in
// whether a session token is added to the query before or after signing.
func (s *signature) canonical(r *http.Request, hash string) []string {
	var headers strings.Builder
	for _, name := range s.headers {
		values := r.Header.Values(name)
		if name == "host" {
			values = []string{r.Host}
		}
		trimmed := make([]string, len(values))
		for i, v := range values {
			trimmed[i] = strings.Join(strings.Fields(v), " ")
		}
		headers.WriteString(name + ":" + strings.Join(trimmed, ",") + "\n")
	}
	tail := headers.String() + "\n" + strings.Join(s.headers, ";") + "\n" + hash
	asked := r.URL
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		asked = u // whatever somebody on the way has made of r.URL
	}
	path := slashes.ReplaceAllString("/"+asked.EscapedPath(), "/") // AWS's is normal, too, whatever was sent
	twice := escape(path, true)
	var texts []string
	for _, uri := range slices.Compact([]string{path, twice}) {
		texts = append(texts, r.Method+"\n"+uri+"\n"+query(r, false)+"\n"+tail)
		if s.token != "" {
			texts = append(texts, r.Method+"\n"+uri+"\n"+query(r, true)+"\n"+tail)
		}
	}
	return texts
}

var slashes = regexp.MustCompile("//+")

func query(r *http.Request, withoutToken bool) string {
	var pairs []string
	for name, values := range r.URL.Query() {
		if name == "X-Amz-Signature" || withoutToken && name == "X-Amz-Security-Token" {
			continue
		}
		for _, v := range values {
			pairs = append(pairs, escape(name, false)+"="+escape(v, false))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape escapes as AWS does: all but unreserved characters.
func escape(text string, keepSlash bool) string {
	e := strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	if keepSlash {
		e = strings.ReplaceAll(e, "%2F", "/")
	}
	return e
}
