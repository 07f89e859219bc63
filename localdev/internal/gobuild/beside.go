package gobuild

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Beside has folders lie beside the binary of the package in pkgDir, as a deployment packs them with it: by links, and
// whether or not they are there yet. Any file of theirs counts as read by the build.
func (b *Builder) Beside(pkgDir string, folders ...string) error {
	return b.addBeside(pkgDir, folders, false)
}

// BesideJSON has copies of folders lie there, in which files of YAML are JSON, under their names.
func (b *Builder) BesideJSON(pkgDir string, folders ...string) error {
	return b.addBeside(pkgDir, folders, true)
}

func (b *Builder) addBeside(pkgDir string, folders []string, asJSON bool) error {
	dir, err := filepath.Abs(pkgDir)
	if err != nil {
		return fmt.Errorf("build %s: %w", pkgDir, err)
	}
	p := b.pkg(dir)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, folder := range folders {
		if !slices.Contains(p.beside, folder) {
			p.beside = append(p.beside, folder)
		}
		if asJSON && !slices.Contains(p.json, folder) {
			p.json = append(p.json, folder)
		}
	}
	return nil
}

// putBeside puts the folders beside the binary.
func (p *pkg) putBeside(binary string) error {
	for _, folder := range p.beside {
		name := filepath.Join(filepath.Dir(binary), filepath.Base(folder))
		if slices.Contains(p.json, folder) {
			if err := putJSON(folder, name); err != nil {
				return err
			}
			continue
		}
		if to, err := os.Readlink(name); err == nil && to == folder {
			continue
		}
		// Of the cache, so nobody's work: what else has the name is a link or a copy of before.
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("put %s beside the function: %w", folder, err)
		}
		if err := link(folder, name); err != nil && !os.IsExist(err) { // another localdev was faster
			return fmt.Errorf("put %s beside the function: %w", folder, err)
		}
	}
	return nil
}

// and returns the inputs with those folders, in which every file counts.
func (in Inputs) and(beside []string) Inputs {
	for _, folder := range beside {
		in.Folders, in.Embedding = append(in.Folders, folder), append(in.Embedding, folder)
		entries, _ := os.ReadDir(folder) // that it is not there shows when it comes
		for _, e := range entries {
			in.Files = append(in.Files, filepath.Join(folder, e.Name()))
		}
	}
	return in
}

// covers reports whether the folders counted in that build.
func (m *manifest) covers(beside []string) bool {
	return !slices.ContainsFunc(beside, func(folder string) bool { return !slices.Contains(m.Embedding, folder) })
}
