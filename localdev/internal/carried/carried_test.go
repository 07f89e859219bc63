package carried_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/parley-rtc/parley/localdev/internal/carried"
)

func TestLayOut(t *testing.T) {
	cache := t.TempDir()
	files := fstest.MapFS{"node/a.cjs": {Data: []byte("a")}}
	var all sync.WaitGroup
	folders := make([]string, 8)
	for i := range folders { // several localdevs at once
		all.Go(func() {
			folder, err := carried.LayOut(cache, files)
			if err != nil {
				t.Error(err)
			}
			folders[i] = folder
		})
	}
	all.Wait()
	for _, folder := range folders {
		if folder != folders[0] {
			t.Errorf("got %s and %s for the same files", folder, folders[0])
		}
	}
	if got, err := os.ReadFile(filepath.Join(folders[0], "node", "a.cjs")); err != nil || string(got) != "a" {
		t.Errorf("got %q, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, ".new-*")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	files["node/a.cjs"].Data = []byte("b")
	if other, err := carried.LayOut(cache, files); err != nil || other == folders[0] {
		t.Errorf("got %s, %v for other files", other, err)
	}
}
