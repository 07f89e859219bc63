package dynamo

import (
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/engine"
)

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
