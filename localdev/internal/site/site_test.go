package site_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/site"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	h := site.Handler(project(t))
	for _, tt := range []struct {
		name, path, contentType, contains string
		status                            int
	}{
		{"the page", "/", "text/html; charset=utf-8", "<title>fixture", 200},
		{"the page of a room", "/?room=blue-otter-42&server=wss://x/y", "text/html; charset=utf-8", "<title>fixture", 200},
		{"a style sheet", "/style.css", "text/css; charset=utf-8", "teal", 200},
		{"a source", "/src/main.ts", "text/plain; charset=utf-8", "import", 200},
		{"a file that is not there", "/none.css", "text/plain; charset=utf-8", "not found", 404},
		{"the page of a folder", "/about/", "text/html; charset=utf-8", "about us", 200},
		{"a folder with a page", "/about", "text/html; charset=utf-8", "about us", 200},
		{"a folder", "/src", "", "", 404},
		{"a folder without a page", "/src/", "", "", 404},
		{"a hidden file", "/.hidden/file.txt", "", "", 404},
		{"a script without a source", "/other.js", "", "", 404},
		{"a way out", "/../client/index.ts", "", "", 404},
		{"a way out, escaped", "/%2e%2e/client/index.ts", "", "", 404},
		{"a way out with backslashes", `/..%5cclient%5cindex.ts`, "", "", 404},
		{"a script by a way out", "/../client/index.js", "", "", 404},
		{"a path with two slashes", "//etc/passwd", "", "", 404},
		{"a zero byte", "/style.css%00.html", "", "", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, body := get(t, h, tt.path, nil)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.contains) {
				t.Errorf("got %d %q, want %d with %q", res.StatusCode, body, tt.status, tt.contains)
			}
			if tt.contentType != "" && res.Header.Get("Content-Type") != tt.contentType {
				t.Errorf("got content type %q, want %q", res.Header.Get("Content-Type"), tt.contentType)
			}
			for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("got %s %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	dir := project(t)
	h := site.Handler(dir)
	for path, want := range map[string]bool{
		"/": true, "/index.html": true, "/style.css": true, "/src/main.ts": true, "/main.js": true, "/other.js": false,
		"/about/": true, "/about": true, "/about/none": false,
		"/none.css": false, "/src": false, "/src/": false, "/.hidden/file.txt": false, "/../client/index.ts": false,
		"//etc/passwd": false, "/style.css\x00": false, "/peerjs/id": false,
	} {
		if got := h.Has(path); got != want {
			t.Errorf("%q: got %v, want %v", path, got, want)
		}
		if res, _ := get(t, h, strings.ReplaceAll(path, "\x00", "%00"), nil); (res.StatusCode == 200) != want {
			t.Errorf("%q: got %d, want as Has says", path, res.StatusCode)
		}
	}
	if nowhere := site.Handler(filepath.Join(dir, "none")); !nowhere.Has("/") || nowhere.Has("/style.css") {
		t.Error("a folder that is not there has files, or no answer for /")
	}
}

// What the page links to is relative to its folder.
func TestFolderWithoutItsSlashIsSentThere(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	site.Handler(project(t)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/about?room=a%20b", nil))
	if to := w.Header().Get("Location"); w.Code != http.StatusPermanentRedirect || to != "/about/?room=a%20b" {
		t.Errorf("got %d to %q", w.Code, to)
	}
}

func TestSymbolicLinkOutOfTheFolder(t *testing.T) {
	t.Parallel()
	dir := project(t)
	if err := os.Symlink(filepath.Join(filepath.Dir(dir), "client", "index.ts"), filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	if res, body := get(t, site.Handler(dir), "/link.txt", nil); res.StatusCode != 404 {
		t.Errorf("got %d %q, want 404", res.StatusCode, body)
	}
}

func TestUnchangedFileIsNotSentAgain(t *testing.T) {
	t.Parallel()
	dir := project(t)
	h := site.Handler(dir)
	for _, path := range []string{"/style.css", "/main.js"} {
		res, _ := get(t, h, path, nil)
		etag := res.Header.Get("ETag")
		if res, body := get(t, h, path, http.Header{"If-None-Match": {etag}}); etag == "" || res.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s, again with %s: got %d with %d bytes, want 304", path, etag, res.StatusCode, len(body))
		}
	}
	put(t, filepath.Join(dir, "style.css"), "p { color: red; }")
	put(t, filepath.Join(dir, "src", "parts", "mark.ts"), `export const mark: string = "?";`)
	for _, path := range []string{"/style.css", "/main.js"} {
		if res, _ := get(t, h, path, http.Header{"If-None-Match": {`"old"`}}); res.StatusCode != 200 {
			t.Errorf("%s after a change: got %d, want 200", path, res.StatusCode)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	t.Parallel()
	h := site.Handler(project(t))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("x")))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("got %d, Allow %q, want 405 and GET, HEAD", w.Code, w.Header().Get("Allow"))
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/main.js", nil))
	if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: got %d with %d bytes, want 200 without a body and with its length", w.Code, w.Body.Len())
	}
}

func TestWithoutAPage(t *testing.T) {
	t.Parallel()
	h := site.Handler(filepath.Join(t.TempDir(), "web"))
	res, body := get(t, h, "/", nil)
	if res.StatusCode != 200 || !strings.Contains(body, "localdev is running") || !strings.Contains(body, `href="/_localdev/"`) {
		t.Errorf("got %d %q, want a page that says what runs", res.StatusCode, body)
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("got Content-Security-Policy %q", csp)
	}
	for _, path := range []string{"/main.js", "/favicon.ico", "/x/"} {
		if res, _ := get(t, h, path, nil); res.StatusCode != 404 {
			t.Errorf("%s: got %d, want 404", path, res.StatusCode)
		}
	}
}

// The folder may come while localdev runs.
func TestPageThatComesLater(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "web")
	h := site.Handler(dir)
	get(t, h, "/", nil)
	put(t, filepath.Join(dir, "index.html"), "mine")
	if _, body := get(t, h, "/", nil); body != "mine" {
		t.Errorf("got %q, want the new page", body)
	}
}

// project copies the fixture and returns its web folder. Its files are a minute old.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "project"))); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Minute)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, past, past)
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "web")
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	StatusCode int
	Header     http.Header
}

// get asks as a hostile client may: the path goes as it is, not cleaned.
func get(t *testing.T, h http.Handler, path string, header http.Header) (answer, string) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	client := server.Client()
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header}, string(body)
}
