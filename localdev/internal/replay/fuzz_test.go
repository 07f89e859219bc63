package replay

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzLoad(f *testing.F) {
	f.Add([]byte("{\"version\":1}\n{\"kind\":\"open\",\"conn\":1}\n{\"kind\":\"client\",\"conn\":1,\"text\":\"x\"}\n"))
	f.Add([]byte("{\"version\":1}\n{\"kind\":\"close\""))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "session")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Load(path)
		if err == nil && len(s.events) == 0 {
			t.Fatal("a recording without events was taken")
		}
	})
}
