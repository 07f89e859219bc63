package runner_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/runner"
)

type file struct {
	name, content string
	mode          os.FileMode
}

func pack(t *testing.T, files ...file) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "code.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		header.SetMode(f.mode)
		w, err := z.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	archive := pack(t, file{"bootstrap", "one", 0o600}, file{"lib/", "", os.ModeDir | 0o700}, file{"lib/a/b.txt", "b", 0o644},
		file{"bin/c", "../lib/a/b.txt", os.ModeSymlink | 0o777})
	first, err := runner.Unpack(archive, cache)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(first, "bootstrap")); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("got %v, %v, want an executable bootstrap", info, err)
	}
	if got, err := os.ReadFile(filepath.Join(first, "lib", "a", "b.txt")); err != nil || string(got) != "b" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := os.ReadFile(filepath.Join(first, "bin", "c")); err != nil || string(got) != "b" {
		t.Errorf("by its link: got %q, %v", got, err)
	}
	mark := filepath.Join(first, "mark")
	if err := os.WriteFile(mark, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := runner.Unpack(archive, cache)
	if _, statErr := os.Stat(mark); err != nil || again != first || statErr != nil {
		t.Errorf("got %s, %v, %v, want what was unpacked before", again, err, statErr)
	}
	other, err := runner.Unpack(pack(t, file{"bootstrap", "two", 0o755}), cache)
	if err != nil || other == first {
		t.Errorf("got %s, %v, want another folder for another content", other, err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	boot := file{"bootstrap", "x", 0o755}
	for name, tt := range map[string]struct {
		files []file
		want  string
	}{
		"a way out":        {[]file{boot, {"../evil", "x", 0o644}}, `its entry "../evil" leads out of the folder`},
		"an absolute path": {[]file{boot, {"/tmp/evil", "x", 0o644}}, "leads out of the folder"},
		"a hidden way out": {[]file{boot, {"a/../../evil", "x", 0o644}}, "leads out of the folder"},
		"a symbolic link":  {[]file{boot, {"link", "/etc", os.ModeSymlink | 0o777}}, "a link that leads out"},
		"a link upwards":   {[]file{boot, {"a/link", "../../evil", os.ModeSymlink | 0o777}}, "a link that leads out"},
		"a way through a link": {
			[]file{boot, {"a", ".", os.ModeSymlink | 0o777}, {"a/../../evil", "x", 0o644}}, "leads out of the folder",
		},
		"two of one name": {[]file{boot, boot}, "file exists"},
	} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			folder, err := runner.Unpack(pack(t, tt.files...), cache)
			if folder != "" {
				t.Errorf("got %s, want no folder", folder)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if left, _ := filepath.Glob(filepath.Join(cache, "zip", "*")); len(left) > 0 {
				t.Errorf("it leaves %v behind", left)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(cache), "evil")); err == nil {
				t.Error("it wrote outside of its folder")
			}
		})
	}
}

func TestUnpackRefusesABomb(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "code.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, UncompressedSize64: 251 << 20, CompressedSize64: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("zero")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := runner.Unpack(name, t.TempDir()); err == nil || !strings.Contains(err.Error(), "more than 250 MB") {
		t.Errorf("got %v", err)
	}
}
