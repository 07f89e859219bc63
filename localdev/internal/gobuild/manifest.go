package gobuild

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// manifest is what a binary was built from.
type manifest struct {
	Version   int                 `json:"version"`
	Package   string              `json:"package"`
	Module    string              `json:"module"` // folder of the go.mod
	Work      []string            `json:"work"`   // the go.work, if any
	Settings  []string            `json:"settings"`
	Tool      stamp               `json:"tool"` // the go command
	Binary    stamp               `json:"binary"`
	Files     []stamp             `json:"files"`
	Folders   map[string][]string `json:"folders"` // the names that count in each folder
	Embedding []string            `json:"embedding,omitempty"`
}

// stamp identifies the content of a file without reading it. Size -1 is a file that does not exist.
type stamp struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	Time int64  `json:"time"` // of the last change, ns since 1970; 0 never matches
}

const manifestVersion = 1

func manifestPath(binary string) string { return filepath.Join(filepath.Dir(binary), "manifest.json") }

func readManifest(binary string) (*manifest, error) {
	data, err := os.ReadFile(manifestPath(binary))
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, err
	}
	return m, nil
}

func writeManifest(binary string, m *manifest) error {
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("write the manifest of %s: %w", binary, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(binary), "manifest-")
	if err != nil {
		return fmt.Errorf("write the manifest of %s: %w", binary, err)
	}
	_, writeErr := temp.Write(data)
	if err := errors.Join(writeErr, temp.Close()); err != nil {
		return fmt.Errorf("write the manifest of %s: %w", binary, errors.Join(err, os.Remove(temp.Name())))
	}
	if err := os.Rename(temp.Name(), manifestPath(binary)); err != nil {
		return fmt.Errorf("write the manifest of %s: %w", binary, err)
	}
	return nil
}

// newManifest stamps the inputs of a build that began at started. A file changed since then may have been read before
// or after the change: it gets a stamp that never matches, and so one build more.
func newManifest(dir, binary, tool, tags string, in Inputs, started time.Time) *manifest {
	m := &manifest{
		Version: manifestVersion, Package: dir, Module: moduleRoot(dir), Work: workFile(dir), Settings: settings(tags),
		Tool: stampOf(tool), Binary: binaryStamp(binary), Folders: map[string][]string{}, Embedding: in.Embedding,
	}
	for _, f := range in.Files {
		s := stampOf(f)
		if s.Size >= 0 && s.Time >= started.UnixNano() {
			s.Time = 0
		}
		m.Files = append(m.Files, s)
	}
	for _, f := range in.Folders {
		m.Folders[f] = names(f, slices.Contains(in.Embedding, f))
	}
	return m
}

// matches reports whether a build would read what it read last time.
func (m *manifest) matches(dir, binary, tags string) bool {
	if m.Version != manifestVersion || m.Package != dir || m.Binary != binaryStamp(binary) || !slices.Equal(m.Settings, settings(tags)) {
		return false
	}
	if m.Module != moduleRoot(dir) || !slices.Equal(m.Work, workFile(dir)) {
		return false
	}
	// Without a go command a binary that is up to date still runs.
	if tool, err := exec.LookPath("go"); err == nil && m.Tool != stampOf(tool) {
		return false
	}
	for _, f := range m.Files {
		if f != stampOf(f.Path) || f.Time == 0 && f.Size >= 0 {
			return false
		}
	}
	for folder, want := range m.Folders {
		if !slices.Equal(want, names(folder, slices.Contains(m.Embedding, folder))) {
			return false
		}
	}
	return true
}

func (m *manifest) inputs() Inputs {
	in := Inputs{Embedding: m.Embedding}
	for _, f := range m.Files {
		in.Files = append(in.Files, f.Path)
	}
	for folder := range m.Folders {
		in.Folders = append(in.Folders, folder)
	}
	slices.Sort(in.Folders)
	return in
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{Path: path, Size: -1}
	}
	return stamp{Path: path, Size: info.Size(), Time: info.ModTime().UnixNano()}
}

// binaryStamp is that of the binary beside the manifest, whichever way led there.
func binaryStamp(binary string) stamp {
	s := stampOf(binary)
	s.Path = filepath.Base(binary)
	return s
}

// names lists the files of a folder that a build would look at: Go files, all of them where files are embedded.
func names(folder string, all bool) []string {
	list := []string{}
	f, err := os.Open(folder)
	if err != nil {
		return list
	}
	defer f.Close()
	found, err := f.Readdirnames(-1)
	if err != nil {
		return list
	}
	for _, n := range found {
		if all || IsSource(n) {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

// IsSource reports whether a file of this name, appearing in a package's folder, may become part of the package.
func IsSource(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	switch filepath.Ext(name) {
	case ".go", ".s", ".S", ".syso", ".h":
		return true
	}
	return false
}

// settings are what else changes the output of go build.
func settings(tags string) []string {
	s := append([]string{runtime.GOOS + "/" + runtime.GOARCH, "-tags", tags}, buildFlags...)
	for _, name := range []string{"GOFLAGS", "GOEXPERIMENT", "GOTOOLCHAIN", "GOWORK", "GOAMD64", "GOARM64", "GOFIPS140"} {
		s = append(s, name+"="+os.Getenv(name))
	}
	file := os.Getenv("GOENV")
	if config, err := os.UserConfigDir(); file == "" && err == nil {
		file = filepath.Join(config, "go", "env")
	}
	env := stampOf(file)
	return append(s, fmt.Sprintf("%s %d %d", env.Path, env.Size, env.Time))
}

// timeOf returns the file system's idea of now, which its stamps will be compared with.
func timeOf(folder string) (time.Time, error) {
	f, err := os.CreateTemp(folder, "time-")
	if err != nil {
		return time.Time{}, err
	}
	defer os.Remove(f.Name())
	info, err := f.Stat()
	return info.ModTime(), errors.Join(err, f.Close())
}
