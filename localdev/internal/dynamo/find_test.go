package dynamo

import (
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/engine"
)

func TestWhatNpmSaysIsExplained(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ output, want string }{
		"no network": {
			"npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND\n" +
				"npm error network request to http://registry.invalid/x failed, reason: getaddrinfo ENOTFOUND registry.invalid\n" +
				"npm error network This is a problem related to network connectivity.\n",
			"npm does not reach its registry: is there a network, or a proxy that npm has to be told of " +
				"(npm config set https-proxy URL)? [ENOTFOUND: network request to http://registry.invalid/x failed, " +
				"reason: getaddrinfo ENOTFOUND registry.invalid]",
		},
		"another registry, npm 8": {
			"npm ERR! code E404\nnpm ERR! 404 Not Found - GET http://127.0.0.1/x\nnpm ERR! 404\n",
			"look at npm config get registry [E404: 404 Not Found - GET http://127.0.0.1/x]",
		},
		"something else": {"Segmentation fault\n", "npm fails [npm ci: exit status 1: Segmentation fault]"},
		"no word":        {"", "npm fails [npm ci: exit status 1: ]"},
	} {
		if got := explain(errors.New("exit status 1"), tt.output).Error(); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestNoEngineForThisMachineIsAClearWord(t *testing.T) {
	t.Parallel()
	name := packageName("windows", "amd64")
	version, pinned, err := engine.Pinned(name)
	if err != nil || pinned || version == "" {
		t.Fatalf("%s is pinned: %v, version %q, %v", name, pinned, version, err)
	}
	err = unpinned(name, version, "/home/me/engine")
	for _, want := range []string{
		`npm install --prefix "/home/me/engine" @dynoxide/win32-x64@` + version, "DYNOXIDE_BIN", "-dynamodb http://127.0.0.1:8000",
	} {
		if !errors.Is(err, ErrNoEngine) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, pinned, err := engine.Pinned(packageName("linux", "amd64")); err != nil || !pinned {
		t.Errorf("the engine of Linux is not pinned: %v", err)
	}
}
