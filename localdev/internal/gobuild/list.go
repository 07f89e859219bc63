package gobuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Inputs is what a build reads outside the module cache and the standard library.
type Inputs struct {
	Files []string // source, embedded and module files, absolute
	// Folders are the folders of the packages: a Go file that appears or goes there changes the build. Some may not
	// exist, where the last build failed for want of a package.
	Folders []string
	// Embedding are those of Folders in or below which files are embedded: any file counts there.
	Embedding []string
}

// listing is what `go list -deps` says about a main package.
type listing struct {
	name     string // of the package itself
	packages []listed
}

type listed struct {
	Dir, ImportPath, Name string
	Standard, DepOnly     bool
	Module                *struct {
		Path, Dir, GoMod, Version string
		Main                      bool
		Replace                   *struct{ Dir, GoMod, Version string }
	}
	GoFiles, CgoFiles, CFiles, CXXFiles, HFiles, SFiles, SysoFiles, EmbedFiles []string

	Error *struct{ Err string }
}

const listFields = "-json=Dir,ImportPath,Name,Standard,DepOnly,Module,GoFiles,CgoFiles,CFiles,CXXFiles,HFiles,SFiles,SysoFiles,EmbedFiles,Error"

// listPackages lists dir's package and all that it imports. With -e: also those that do not compile.
func listPackages(ctx context.Context, tool, tags, root, dir string) (*listing, error) {
	args := []string{"list", "-e", "-deps", "-tags", tags, listFields, "./" + filepath.ToSlash(shorten(root, dir))}
	text, err := run(ctx, tool, root, args)
	if err != nil {
		return nil, fmt.Errorf("list the packages of %s: %s", shorten(root, dir), strings.TrimSpace(text))
	}
	l := &listing{}
	dec := json.NewDecoder(strings.NewReader(text))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return l, nil
		} else if err != nil {
			return nil, fmt.Errorf("list the packages of %s: %w", shorten(root, dir), err)
		}
		if !p.DepOnly {
			l.name = p.Name
		}
		if !p.Standard {
			l.packages = append(l.packages, p)
		}
	}
}

// local returns the folder of the module that p is in if that is a folder people edit, and its go.mod.
func (p *listed) local() (dir, goMod string) {
	m := p.Module
	switch {
	case m == nil:
		return "", ""
	case m.Replace != nil && m.Replace.Version == "":
		return m.Replace.Dir, m.Replace.GoMod
	case m.Main:
		return m.Dir, m.GoMod
	}
	return "", ""
}

// inputs collects the files of all packages in modules that people edit; dir's own folder always counts.
func (l *listing) inputs(dir string) Inputs {
	in := Inputs{Folders: []string{dir}}
	modules := map[string]string{} // path to folder
	for i := range l.packages {
		p := &l.packages[i]
		root, goMod := p.local()
		if root == "" {
			continue
		}
		modules[p.Module.Path] = root
		in.Files = append(in.Files, goMod, filepath.Join(root, "go.sum"), filepath.Join(root, "vendor", "modules.txt"))
		in.Folders = append(in.Folders, p.Dir)
		for _, names := range [][]string{p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.HFiles, p.SFiles, p.SysoFiles, p.EmbedFiles} {
			for _, n := range names {
				in.Files = append(in.Files, filepath.Join(p.Dir, n))
			}
		}
		for _, n := range p.EmbedFiles {
			for folder := filepath.Dir(filepath.Join(p.Dir, n)); len(folder) >= len(p.Dir); folder = filepath.Dir(folder) {
				in.Folders = append(in.Folders, folder)
				in.Embedding = append(in.Embedding, folder)
			}
		}
	}
	// A package that is imported but not there yet: its folder is where to look for it.
	for _, p := range l.packages {
		if p.Error == nil || p.Dir != "" {
			continue
		}
		for path, root := range modules {
			if rest, ok := strings.CutPrefix(p.ImportPath, path+"/"); ok {
				in.Folders = append(in.Folders, filepath.Join(root, filepath.FromSlash(rest)))
			}
		}
	}
	in.Files = append(in.Files, workFile(dir)...)
	for _, list := range []*[]string{&in.Files, &in.Folders, &in.Embedding} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return in
}

// run runs the go command for this machine and returns what it printed: its output, or its errors if it failed.
func run(ctx context.Context, tool, root string, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "PWD="+root)
	cmd.WaitDelay = time.Second
	contain(cmd)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return errs.String(), err
	}
	return out.String(), nil
}

// moduleRoot returns the nearest folder above dir with a go.mod, else dir: go then says itself what is missing.
func moduleRoot(dir string) string {
	if file := above(dir, "go.mod"); file != "" {
		return filepath.Dir(file)
	}
	return dir
}

// workFile returns the go.work that applies to dir, and its checksums.
func workFile(dir string) []string {
	file := os.Getenv("GOWORK")
	if file == "off" {
		return nil
	}
	if file == "" {
		file = above(dir, "go.work")
	}
	if file == "" {
		return nil
	}
	return []string{file, file + ".sum"}
}

func above(dir, name string) string {
	for {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// shorten returns dir as seen from the module's root.
func shorten(root, dir string) string {
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return dir
	}
	return rel
}
