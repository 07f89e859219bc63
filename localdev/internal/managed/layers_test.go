package managed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

func TestLayers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first, second := filepath.Join(root, "first"), filepath.Join(root, "second")
	for _, folder := range []string{
		"first/nodejs/node_modules", "first/python", "second/nodejs/node22/node_modules", "second/nodejs/node20/node_modules", "second/python/lib/python3.13/site-packages",
	} {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(folder)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		runtime, variable, own, want string
	}{
		"Node.js":                    {"nodejs22.x", "NODE_PATH", "", "second/nodejs/node22/node_modules first/nodejs/node_modules /code"},
		"Node.js, with its own path": {"nodejs22.x", "NODE_PATH", "/own", "/own"},
		"Python": {
			"python3.13", "PYTHONPATH", "/own",
			"second/python/lib/python3.13/site-packages second/python first/python /own",
		},
		"another": {"java21", "PYTHONPATH", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{}
			if tt.own != "" {
				env[tt.variable] = tt.own
			}
			managed.Layers(env, tt.runtime, "/code", []string{first, second})
			var got []string
			for _, folder := range filepath.SplitList(env[tt.variable]) {
				got = append(got, strings.TrimPrefix(filepath.ToSlash(folder), filepath.ToSlash(root)+"/"))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %s", got, tt.want)
			}
		})
	}
}
