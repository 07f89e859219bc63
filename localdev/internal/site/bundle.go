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
	"path"
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
	last    output
}

// output is a script, and the map from it to its sources.
type output struct {
	script, packed, sources []byte
	etag                    string
}

type stamp struct {
	size int64
	time time.Time
}

// serve answers with the script, or with its source map.
func (b *bundle) serve(w http.ResponseWriter, r *http.Request, sources bool) {
	out := b.latest()
	name, content, packed := "main.js", out.script, out.packed
	if sources {
		name, content, packed = "main.js.map", out.sources, nil
	}
	w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
	w.Header().Set("ETag", out.etag)
	if err := send(w, r, name, noTime, bytes.NewReader(content), packed); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// latest returns the script, built from the files as they are now. A bundling error is logged, and the script is then
// one that shows it: a browser runs no module that comes with an error status.
func (b *bundle) latest() output {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh() {
		return b.last
	}
	out, inputs, err := b.build()
	if err != nil {
		slog.Error("bundle the page", "entry", b.entry, "err", err)
		text, _ := json.Marshal(err.Error()) // a string always encodes
		out = output{script: []byte(strings.Replace(overlay, "ERRORS", string(text), 1)), sources: []byte("{}")}
	}
	sum := sha256.Sum256(out.script)
	out.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
	out.packed, _ = pack(bytes.NewReader(out.script)) // neither end of it can fail
	b.last, b.inputs = out, inputs
	return out
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

func (b *bundle) build() (output, map[string]stamp, error) {
	started := time.Now()
	dir, err := filepath.Abs(b.dir)
	if err != nil {
		return output{}, nil, err
	}
	if b.builder == nil {
		builder, err := api.Context(api.BuildOptions{
			AbsWorkingDir: dir,
			EntryPoints:   []string{filepath.Join(dir, filepath.FromSlash(b.entry))},
			// A name only, by which the script names its map: nothing is written.
			Outfile:           filepath.Join(dir, strings.TrimSuffix(path.Base(b.entry), path.Ext(b.entry))+".js"),
			Bundle:            true,
			Format:            api.FormatESModule,
			Target:            api.ES2022,
			MinifyWhitespace:  true,
			MinifyIdentifiers: true,
			MinifySyntax:      true,
			Sourcemap:         api.SourceMapLinked,
			Metafile:          true,
			LogLevel:          api.LogLevelSilent,
		})
		if err != nil {
			return output{}, nil, describe(err.Errors)
		}
		b.builder = builder
	}
	result := b.builder.Rebuild()
	if err := describe(result.Errors); err != nil {
		if b.lacksPackages(result.Errors) {
			err = fmt.Errorf("the packages that %s names are not installed: run this\n\n    npm ci --ignore-scripts --prefix %s\n\n%w",
				filepath.Join(b.dir, "package.json"), b.dir, err)
		}
		return output{}, nil, err
	}
	var meta struct{ Inputs map[string]struct{} }
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return output{}, nil, fmt.Errorf("read esbuild's list of inputs: %w", err)
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
	var out output
	for _, file := range result.OutputFiles {
		switch filepath.Ext(file.Path) {
		case ".js":
			out.script = file.Contents
		case ".map":
			out.sources = file.Contents
		}
	}
	if out.script == nil {
		return output{}, nil, fmt.Errorf("%s yields no script", b.entry)
	}
	return out, inputs, nil
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
