package site

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
)

// send answers with a file, compressed as a CDN would have it, so that what a page weighs here is what it weighs there.
// packed is content compressed already, if it is.
func send(w http.ResponseWriter, r *http.Request, name string, modified time.Time, content io.ReadSeeker, packed []byte) error {
	h := w.Header()
	if compressible(h.Get("Content-Type")) {
		h.Add("Vary", "Accept-Encoding")
		if accepts(r) {
			if packed == nil {
				var err error
				if packed, err = pack(content); err != nil {
					return err
				}
			}
			h.Set("Content-Encoding", "gzip")
			h.Set("ETag", strings.TrimSuffix(h.Get("ETag"), `"`)+`-gzip"`)
			content = bytes.NewReader(packed)
		}
	}
	http.ServeContent(w, r, path.Base(name), modified, content)
	return nil
}

func accepts(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if name == "gzip" {
			return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
		}
	}
	return false
}

func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.HasPrefix(kind, "text/") || kind == "application/json" || kind == "image/svg+xml" || kind == "application/manifest+json"
}

func pack(content io.Reader) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.Copy(w, content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
