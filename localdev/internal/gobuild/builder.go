// Package gobuild builds Lambda functions written in Go for this machine, and knows without running the go command
// whether a binary is up to date.
//
// Beside each binary lies a manifest: every file the build read outside the module cache, with size and time, the
// names of Go files in those folders, the go command and the settings that change its output. A build is needed when
// any of that differs.
package gobuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// buildFlags are what `make build` uses, less what only a deployed binary needs, beside tags. No -buildvcs: it would run git
// each time.
var buildFlags = []string{"-trimpath", "-buildvcs=false"}

// Builder builds Go main packages into one cache folder. It is safe for concurrent use.
type Builder struct {
	bin   string        // absolute folder of the binaries
	tags  string        // build tags, separated by commas
	slots chan struct{} // bounds the builds that run at once

	mu       sync.Mutex
	packages map[string]*pkg // by absolute folder
}

// pkg is the build state of one main package.
type pkg struct {
	mu      sync.Mutex // held while checking and building
	beside  []string   // absolute folders
	json    []string   // those of them whose YAML is JSON there
	inputs  Inputs     // of the last build, also of a failed one
	failure error      // of the last build, nil when it succeeded
	failed  *manifest  // what a failed build read: without a change it would fail again
}

// New returns a Builder that keeps binaries in cacheDir/bin. It creates nothing before the first build. tags are build tags
// beside those of every function.
func New(cacheDir string, tags ...string) *Builder {
	return &Builder{
		bin:      filepath.Join(cacheDir, "bin"),
		tags:     strings.Join(append([]string{"lambda.norpc"}, tags...), ","),
		slots:    make(chan struct{}, max(2, runtime.NumCPU()/2)),
		packages: map[string]*pkg{},
	}
}

// Build returns the binary of the main package in pkgDir, an absolute path, after building it if it is not up to date.
// A compile error comes back as go prints it, with file:line:column from the module's root; the old binary, if there is
// one, then stays. A new one replaces it in one step, so running processes and those just starting are undisturbed.
func (b *Builder) Build(ctx context.Context, pkgDir string) (binary string, err error) {
	dir, err := filepath.Abs(pkgDir)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", pkgDir, err)
	}
	p := b.pkg(dir)
	p.mu.Lock()
	defer p.mu.Unlock()
	out, err := b.output(dir)
	if err != nil {
		return "", err
	}
	if b.fresh(p, dir, out) {
		if p.failure != nil {
			return "", p.failure
		}
		return out, p.putBeside(out)
	}
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if err := b.build(ctx, p, dir, out); err != nil {
		return "", err
	}
	return out, p.putBeside(out)
}

// Fresh reports whether Build would return at once.
func (b *Builder) Fresh(pkgDir string) bool {
	dir, err := filepath.Abs(pkgDir)
	if err != nil {
		return false
	}
	p := b.pkg(dir)
	p.mu.Lock()
	defer p.mu.Unlock()
	out, err := b.output(dir)
	return err == nil && b.fresh(p, dir, out)
}

// Inputs returns what the last build of pkgDir read, which is nothing before its first.
func (b *Builder) Inputs(pkgDir string) Inputs {
	dir, err := filepath.Abs(pkgDir)
	if err != nil {
		return Inputs{}
	}
	p := b.pkg(dir)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inputs
}

func (b *Builder) pkg(dir string) *pkg {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.packages[dir]
	if p == nil {
		p = &pkg{}
		b.packages[dir] = p
	}
	return p
}

// output names the binary: {folder}-{hash of the whole path, and of build tags}/bootstrap, so that neither equal folder names nor
// two templates of one package clash.
func (b *Builder) output(dir string) (string, error) {
	bin, err := filepath.Abs(b.bin)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", dir, err)
	}
	sum := sha256.Sum256([]byte(dir + "\x00" + b.tags))
	return filepath.Join(bin, filepath.Base(dir)+"-"+hex.EncodeToString(sum[:4]), "bootstrap"+extension), nil
}

func (b *Builder) fresh(p *pkg, dir, out string) bool {
	if p.failure != nil {
		return p.failed.matches(dir, out, b.tags) && p.failed.covers(p.beside)
	}
	m, err := readManifest(out)
	if err != nil || !m.matches(dir, out, b.tags) || !m.covers(p.beside) {
		return false
	}
	p.inputs = m.inputs()
	return true
}

// Tool returns the path of the go command.
func Tool() (string, error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("no go command on PATH, and the function is a Go package: install Go from https://go.dev/dl")
	}
	return tool, nil
}

// build runs go, and leaves in p what the next check needs.
func (b *Builder) build(ctx context.Context, p *pkg, dir, out string) error {
	tool, err := Tool()
	if err != nil {
		return err
	}
	folder := filepath.Dir(out)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("build %s: %w", dir, err)
	}
	started, err := timeOf(folder)
	if err != nil {
		return fmt.Errorf("build %s: %w", dir, err)
	}
	temp, err := os.MkdirTemp(folder, "new-")
	if err != nil {
		return fmt.Errorf("build %s: %w", dir, err)
	}
	defer os.RemoveAll(temp)
	fresh := filepath.Join(temp, "bootstrap")
	inputs, err := goBuild(ctx, tool, b.tags, dir, fresh)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.inputs = inputs.and(p.beside)
	if err != nil {
		p.failure, p.failed = err, newManifest(dir, out, tool, b.tags, p.inputs, started)
		return err
	}
	p.failure, p.failed = nil, nil
	if err := replace(fresh, out, filepath.Join(temp, "old")); err != nil {
		return fmt.Errorf("build %s: %w", dir, err)
	}
	return writeManifest(out, newManifest(dir, out, tool, b.tags, p.inputs, started))
}

// goBuild compiles the package in dir, and beside that lists what the compiler reads, also when it fails.
func goBuild(ctx context.Context, tool, tags, dir, binary string) (Inputs, error) {
	root := moduleRoot(dir)
	var list *listing
	var listErr error
	var done sync.WaitGroup
	done.Go(func() { list, listErr = listPackages(ctx, tool, tags, root, dir) })
	compileErr := compile(ctx, tool, tags, root, dir, binary)
	done.Wait()
	in := Inputs{Folders: []string{dir}}
	if list != nil {
		in = list.inputs(dir)
	}
	switch {
	case compileErr != nil:
		return in, compileErr
	case listErr != nil:
		return in, listErr
	case list.name != "main":
		return in, fmt.Errorf("%s is package %s: a function is a main package", shorten(root, dir), list.name)
	}
	return in, nil
}

// compile runs go build. Its error is what go printed, cut to what a person reads.
func compile(ctx context.Context, tool, tags, root, dir, out string) error {
	args := append(append([]string{"build"}, buildFlags...), "-tags", tags, "-o", out, "./"+filepath.ToSlash(shorten(root, dir)))
	text, err := run(ctx, tool, root, args)
	if err == nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "# ") {
			lines = append(lines, strings.TrimPrefix(line, "./"))
		}
	}
	if len(lines) == 0 {
		return fmt.Errorf("go build %s: %w", shorten(root, dir), err)
	}
	const most = 12
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("and %d more lines", len(lines)-most))
	}
	return errors.New(strings.Join(lines, "\n"))
}
