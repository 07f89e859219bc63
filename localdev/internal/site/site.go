// Package site serves the demo page: the static files of a folder, and its TypeScript bundled in memory by esbuild.
// Nothing is written to disk, no Node is needed, and a file that changed is seen by the next request.
package site

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// Handler serves dir/index.html and the files beside it; a folder in it may have an index.html too. A request for a .js
// file that does not exist is answered with the bundle of the TypeScript file of that name in dir/src or dir, so /main.js
// is dir/src/main.ts and all it imports, also from outside dir and from dir/node_modules; /main.js.map is its source map.
// Without a dir/index.html, / says what localdev is. Nothing is read before the first request.
func Handler(dir string) *Site {
	return &Site{dir: dir, bundles: map[string]*bundle{}}
}

// Site is the page of one folder.
type Site struct {
	dir string

	mu      sync.Mutex
	bundles map[string]*bundle // by entry point
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := fileName(r.URL.Path)
	if !public(name) {
		http.NotFound(w, r)
		return
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		s.withoutPage(w, r, name)
		return
	}
	defer root.Close()
	if s.serveFile(w, r, root, name) {
		return
	}
	if hasPage(root, name) { // what the page links to is relative to the folder
		http.Redirect(w, r, (&url.URL{Path: "/" + name + "/", RawQuery: r.URL.RawQuery}).String(), http.StatusPermanentRedirect)
		return
	}
	if entry := source(root, strings.TrimSuffix(name, ".map")); entry != "" {
		s.bundle(entry).serve(w, r, strings.HasSuffix(name, ".map"))
		return
	}
	s.withoutPage(w, r, name)
}

// Home reports whether the folder has a page of its own for /.
func (s *Site) Home() bool {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return false
	}
	defer root.Close()
	return isFile(root, "index.html")
}

// Has reports whether there is a file for a path of a URL; for / there always is an answer.
func (s *Site) Has(urlPath string) bool {
	name := fileName(urlPath)
	if name == "index.html" {
		return true
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil || !public(name) {
		return false
	}
	defer root.Close()
	return isFile(root, name) || hasPage(root, name) || source(root, strings.TrimSuffix(name, ".map")) != ""
}

func isFile(root *os.Root, name string) bool {
	info, err := root.Stat(filepath.FromSlash(name))
	return err == nil && info.Mode().IsRegular()
}

// hasPage reports whether name is a folder with a page of its own.
func hasPage(root *os.Root, name string) bool {
	return isFile(root, name+"/index.html")
}

func fileName(urlPath string) string {
	name := strings.TrimPrefix(urlPath, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	return name
}

// public reports whether name is a path below the folder that anyone may ask for: no way out of it, no hidden file.
func public(name string) bool {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || part == "node_modules" {
			return false
		}
	}
	return true
}

// serveFile serves a file if there is one. os.Root keeps symbolic links from leading out of the folder.
func (s *Site) serveFile(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	if t := contentTypes[path.Ext(name)]; t != "" {
		w.Header().Set("Content-Type", t)
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	if err := send(w, r, name, info.ModTime(), f, nil); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	return true
}

// contentTypes are set here, as the system's own list may say otherwise (.ts is a video to many).
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".svg":         "image/svg+xml",
	".ts":          "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
}

// source returns the TypeScript file, relative to the folder, that a .js file is bundled from; "" if there is none.
func source(root *os.Root, name string) string {
	base, ok := strings.CutSuffix(name, ".js")
	if !ok {
		return ""
	}
	for _, candidate := range []string{"src/" + base + ".ts", "src/" + base + ".tsx", base + ".ts", base + ".tsx"} {
		if isFile(root, candidate) {
			return candidate
		}
	}
	return ""
}

func (s *Site) bundle(entry string) *bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.bundles[entry]
	if b == nil {
		b = &bundle{dir: s.dir, entry: entry}
		s.bundles[entry] = b
	}
	return b
}

// withoutPage answers for a file that is not there: / always has an answer.
func (s *Site) withoutPage(w http.ResponseWriter, r *http.Request, name string) {
	if name != "index.html" {
		http.NotFound(w, r)
		return
	}
	if _, err := os.Stat(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "the page cannot be read: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "+
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	http.ServeContent(w, r, "", noTime, strings.NewReader(page))
}
