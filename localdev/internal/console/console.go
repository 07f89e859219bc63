// Package console serves the console's page: what it shows comes from the emulator, over /_localdev/events and its JSON.
package console

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/parley-rtc/parley/localdev/console"
)

// Handler serves index.html, style.css and main.js at the end of the request's path. Nothing is bundled before the first
// request for main.js. The page may load nothing from elsewhere, and no inline script or style runs in it.
func Handler() http.Handler {
	bundle := sync.OnceValues(bundle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		name := path.Base(r.URL.Path)
		var content []byte
		var err error
		switch name {
		case "main.js":
			h.Set("Content-Type", "text/javascript; charset=utf-8")
			content, err = bundle()
		case "style.css":
			h.Set("Content-Type", "text/css; charset=utf-8")
			content, err = console.Files.ReadFile(name)
		default:
			h.Set("Content-Type", "text/html; charset=utf-8")
			name = "index.html"
			content, err = console.Files.ReadFile(name)
		}
		if err != nil {
			http.Error(w, "the console cannot be shown: "+err.Error(), http.StatusInternalServerError)
			return
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}

// bundle makes one script of src/main.ts and what it imports.
func bundle() ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{"src/main.ts"},
		Bundle:      true,
		Format:      api.FormatESModule,
		Target:      api.ES2022,
		Charset:     api.CharsetUTF8,
		LogLevel:    api.LogLevelSilent,
		Plugins:     []api.Plugin{{Name: "embedded", Setup: embedded}},
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(result.Errors[0].Text)
	}
	return result.OutputFiles[0].Contents, nil
}

// embedded has esbuild read from console.Files rather than from the disk.
func embedded(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: `\.ts$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		name := args.Path
		if args.Importer != "" {
			name = path.Join(path.Dir(args.Importer), name)
		}
		if _, err := fs.Stat(console.Files, name); err != nil {
			return api.OnResolveResult{}, err
		}
		return api.OnResolveResult{Path: name, Namespace: "embedded"}, nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "embedded"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		source, err := console.Files.ReadFile(args.Path)
		contents := string(source)
		return api.OnLoadResult{Contents: &contents, Loader: api.LoaderTS}, err
	})
}
