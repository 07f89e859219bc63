package site

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evanw/esbuild/pkg/api"
)

// page is what / says without a demo page.
//
//go:embed page.html
var page string

// overlay is the script that shows a bundling error in the page; ERRORS in it becomes a JSON string.
//
//go:embed overlay.js
var overlay string

// noTime keeps http.ServeContent from sending Last-Modified.
var noTime time.Time

// bundle is one entry point and its last bundle. It is made anew only when a file in it changed.
type bundle struct {
	dir, entry string

	mu      sync.Mutex
	builder api.BuildContext // keeps parsed files between builds
	inputs  map[string]stamp // of the last build; empty after a failed one, so that the next request tries again
	script  []byte
	etag    string
}

type stamp struct {
	size int64
	time time.Time
}

func (b *bundle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	script, etag := b.latest()
	w.Header().Set("Content-Type", contentTypes[".js"])
	w.Header().Set("ETag", etag)
	http.ServeContent(w, r, "", noTime, bytes.NewReader(script))
}

// latest returns the script, built from the files as they are now. A bundling error is logged, and the script is then
// one that shows it: a browser runs no module that comes with an error status.
func (b *bundle) latest() (script []byte, etag string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh() {
		return b.script, b.etag
	}
	built, inputs, err := b.build()
	if err != nil {
		slog.Error("bundle the page", "entry", b.entry, "err", err)
		text, _ := json.Marshal(err.Error()) // a string always encodes
		built = []byte(strings.Replace(overlay, "ERRORS", string(text), 1))
	}
	sum := sha256.Sum256(built)
	b.script, b.inputs, b.etag = built, inputs, `"`+hex.EncodeToString(sum[:12])+`"`
	return b.script, b.etag
}

func (b *bundle) fresh() bool {
	for file, was := range b.inputs {
		if now, err := stampOf(file); err != nil || now != was {
			return false
		}
	}
	return len(b.inputs) > 0
}

func stampOf(file string) (stamp, error) {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.Size(), info.ModTime()}, nil
}

func (b *bundle) build() ([]byte, map[string]stamp, error) {
	started := time.Now()
	dir, err := filepath.Abs(b.dir)
	if err != nil {
		return nil, nil, err
	}
	if b.builder == nil {
		builder, err := api.Context(api.BuildOptions{
			AbsWorkingDir: dir,
			EntryPoints:   []string{filepath.Join(dir, filepath.FromSlash(b.entry))},
			Outfile:       filepath.Join(dir, "main.js"), // a name only, nothing is written
			Bundle:        true,
			Format:        api.FormatESModule,
			Target:        api.ES2022,
			Sourcemap:     api.SourceMapInline,
			Metafile:      true,
			LogLevel:      api.LogLevelSilent,
		})
		if err != nil {
			return nil, nil, describe(err.Errors)
		}
		b.builder = builder
	}
	result := b.builder.Rebuild()
	if err := describe(result.Errors); err != nil {
		if b.lacksPackages(result.Errors) {
			err = fmt.Errorf("the packages that %s names are not installed: run this\n\n    npm ci --ignore-scripts --prefix %s\n\n%w",
				filepath.Join(b.dir, "package.json"), b.dir, err)
		}
		return nil, nil, err
	}
	var meta struct{ Inputs map[string]struct{} }
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, nil, fmt.Errorf("read esbuild's list of inputs: %w", err)
	}
	inputs := map[string]stamp{}
	for name := range meta.Inputs {
		file := filepath.Join(dir, filepath.FromSlash(name))
		s, err := stampOf(file)
		if err == nil && s.time.Before(started) {
			inputs[file] = s
		} else {
			inputs[file] = stamp{} // changed while we read it: never fresh
		}
	}
	for _, out := range result.OutputFiles {
		if strings.HasSuffix(out.Path, ".js") {
			return out.Contents, inputs, nil
		}
	}
	return nil, nil, fmt.Errorf("%s yields no script", b.entry)
}

// lacksPackages: npm's, which an import names without a path.
func (b *bundle) lacksPackages(messages []api.Message) bool {
	if _, err := os.Stat(filepath.Join(b.dir, "package.json")); err != nil {
		return false
	}
	return slices.ContainsFunc(messages, func(m api.Message) bool {
		name, found := strings.CutPrefix(m.Text, `Could not resolve "`)
		return found && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "/")
	})
}

// describe makes one error of esbuild's messages, each with its place: file:line:column, the line, what is wrong.
func describe(messages []api.Message) error {
	if len(messages) == 0 {
		return nil
	}
	var text strings.Builder
	for i, m := range messages {
		if i > 0 {
			text.WriteString("\n\n")
		}
		if l := m.Location; l != nil {
			fmt.Fprintf(&text, "%s:%d:%d: ", l.File, l.Line, l.Column+1)
		}
		text.WriteString(m.Text)
		if l := m.Location; l != nil && l.LineText != "" {
			text.WriteString("\n    " + strings.TrimSpace(l.LineText))
		}
	}
	return fmt.Errorf("%s", text.String())
}
