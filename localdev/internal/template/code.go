package template

import (
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// code finds what to run for a function. Why it cannot be run is put in f.broken; a route makes an error of it, else a
// Notice tells. In this order: the Go package that Metadata names, Go sources in the code folder, a bootstrap in it.
func (s *scope) code(r *resource, dir string, f *function) error {
	broken := func(at pos, format string, args ...any) error {
		f.broken = faultf(at, "function "+r.id+": "+format, args...)
		return nil
	}
	if n := r.meta.get("GoPackage"); n != nil {
		v, err := s.eval(n)
		if err != nil {
			return err
		}
		folder, err := s.plain(v, r.id+" GoPackage")
		if err != nil {
			return err
		}
		return s.goPackage(n.at, folder, dir, f, broken)
	}
	source, at, err := s.codeFolder(r)
	if err != nil {
		return err
	}
	runtime := strings.HasPrefix(f.Runtime, "provided") || f.Runtime == "go1.x"
	switch {
	case r.props.get("ImageUri") != nil || r.props.get("Code").get("ImageUri") != nil:
		return broken(r.at, "localdev runs no container images: name its Go main package in Metadata: GoPackage")
	case f.Runtime != "" && !runtime:
		return broken(r.at, "localdev runs provided.al2023 functions, not %s: name a Go main package in Metadata: GoPackage", f.Runtime)
	case source == "":
		return broken(at, "its code is not in a local folder: name its Go main package in Metadata: GoPackage")
	}
	folder := source
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(dir, filepath.FromSlash(folder))
	}
	info, err := os.Stat(folder)
	switch {
	case err != nil:
		return broken(at, "no folder %s: build it, or name its Go main package in Metadata: GoPackage", source)
	case !info.IsDir():
		return broken(at, "%s is no folder: unpack it, or name its Go main package in Metadata: GoPackage", source)
	}
	f.Folder = folderName(folder, r.id)
	if isMain(folder) {
		f.Package = folder
		return nil
	}
	binary := filepath.Join(folder, "bootstrap")
	if _, err := os.Stat(binary); err != nil {
		return broken(at, "folder %s has neither a bootstrap nor a Go main package", source)
	}
	if reason := cannotRun(binary); reason != "" {
		return broken(at, "%s/bootstrap %s: build it for this machine, or name its Go main package in Metadata: GoPackage", source, reason)
	}
	f.Binary = binary
	return nil
}

// goPackage resolves Metadata: GoPackage against the template's folder. Where a tool wrote the template
// (cdk.out, .aws-sam/build), the project's own folder counts as well.
func (s *scope) goPackage(at pos, name, dir string, f *function, broken func(pos, string, ...any) error) error {
	bases := []string{dir}
	for up, d := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		base := filepath.Base(dir)
		if base == "cdk.out" && up == 0 || base == "build" && filepath.Base(filepath.Dir(dir)) == ".aws-sam" && up == 1 {
			bases = append(bases, d)
		}
	}
	for _, base := range bases {
		folder := filepath.FromSlash(name)
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(base, folder)
		}
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		if !isMain(folder) {
			return broken(at, "GoPackage %s is no Go main package", name)
		}
		f.Package, f.Folder = folder, folderName(folder, f.LogicalID)
		return nil
	}
	return broken(at, "no folder %s: GoPackage is a path from the template's folder", name)
}

// codeFolder returns where the code is, "" when that is no local path.
func (s *scope) codeFolder(r *resource) (string, pos, error) {
	if asset := r.meta.get("aws:asset:path"); asset.scalar() {
		return asset.text, asset.at, nil
	}
	for _, property := range []string{"CodeUri", "Code"} {
		n := r.props.get(property)
		if n == nil {
			continue
		}
		v, err := s.eval(n)
		if err != nil {
			return "", n.at, err
		}
		// The code of AWS::Lambda::Function is a path too before `aws cloudformation package` uploads it.
		if v.scalar() && !strings.HasPrefix(v.text, "s3://") && !strings.Contains(v.text, onlyOnAWS) {
			return v.text, n.at, nil
		}
		return "", n.at, nil
	}
	return "", r.at, nil
}

// folderName is the base name of a function's folder; CDK's asset.{hash} says nothing, so the logical ID stands in.
func folderName(folder, id string) string {
	if base := filepath.Base(folder); !strings.HasPrefix(base, "asset.") {
		return base
	}
	return id
}

// isMain reports whether folder holds a Go main package for this machine.
func isMain(folder string) bool {
	files, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := build.Default.MatchFile(folder, name); err != nil || !ok {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.PackageClauseOnly)
		if parsed != nil && parsed.Name != nil {
			return err == nil && parsed.Name.Name == "main"
		}
	}
	return false
}
