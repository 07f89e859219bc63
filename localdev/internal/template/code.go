package template

import (
	"archive/zip"
	"cmp"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

// code finds what to run for a function, or why it cannot be run. In this order: the Go package that Metadata names, Go
// sources in the code folder, a bootstrap in it, an archive.
func (s *scope) code(r *resource, dir string, f *function) error {
	broken := func(at pos, format string, args ...any) error {
		f.broken = &fault{at: at, msg: "function " + r.id + ": " + fmt.Sprintf(format, args...)}
		return nil
	}
	if n := r.meta.get("GoPackage"); n != nil {
		v, err := s.eval(n)
		if err != nil {
			return err
		}
		folder, err := plain(v, r.id+" GoPackage")
		if err != nil {
			return err
		}
		if err := s.goPackage(n.at, folder, dir, f, broken); err != nil {
			return err
		}
		f.Beside, err = s.beside(r, dir)
		return err
	}
	if r.props.get("ImageUri") != nil || r.props.get("Code").get("ImageUri") != nil {
		return broken(r.at, "localdev runs no container images: %s", elsewhere(r.id))
	}
	if inline := cmp.Or(r.props.get("InlineCode"), r.props.get("Code").get("ZipFile")); inline != nil {
		v, err := s.eval(inline)
		if err != nil {
			return err
		}
		if f.Inline, err = plain(v, r.id+" inline code"); err != nil {
			return err
		}
		if !managed.Knows(f.Runtime) {
			return broken(r.at, "code that stands in the template is for nodejs and python, not for %q: %s", f.Runtime, elsewhere(r.id))
		}
		return nil
	}
	source, at, err := s.codeFolder(r, dir)
	if err != nil {
		return err
	}
	folder := filepath.FromSlash(source)
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(dir, folder)
	}
	info, err := os.Stat(folder)
	if source != "" && err == nil && info.IsDir() {
		f.Code, f.Folder = folder, folderName(folder, r.id)
	}
	native := f.Runtime == "" || f.Runtime == "go1.x" || strings.HasPrefix(f.Runtime, "provided")
	if !native && !managed.Knows(f.Runtime) {
		return broken(r.at, "localdev runs no %s by itself: %s", f.Runtime, elsewhere(r.id))
	}
	switch {
	case source == "":
		return broken(at, "its code is not in a local folder: name its Go main package in Metadata: GoPackage")
	case err != nil:
		return broken(at, "no folder %s: build it, or name its Go main package in Metadata: GoPackage", source)
	case !info.IsDir():
		return s.archive(at, source, folder, f, broken)
	case !native:
		return nil
	case isMain(folder, s.tags):
		f.Package = folder
		return nil
	}
	binary := filepath.Join(folder, "bootstrap")
	if _, err := os.Stat(binary); err != nil {
		return broken(at, "folder %s has neither a bootstrap nor a Go main package: build it, or name the package in Metadata: GoPackage", source)
	}
	if reason := CannotRun(binary); reason != "" {
		return broken(at, "%s/bootstrap %s: build it for this machine, or name its Go main package in Metadata: GoPackage", source, reason)
	}
	f.Binary = binary
	return nil
}

// elsewhere says how a function runs that localdev cannot run by itself.
func elsewhere(id string) string {
	return "run it with -exec '" + id + "=COMMAND' or -lambda URL, or name a Go main package in Metadata: GoPackage"
}

// archive takes up a zip. Whether a bootstrap in it runs here is known once it is unpacked.
func (s *scope) archive(at pos, source, file string, f *function, broken func(pos, string, ...any) error) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return broken(at, "%s is neither a folder nor a zip that can be read", source)
	}
	defer z.Close()
	if !managed.Knows(f.Runtime) &&
		!slices.ContainsFunc(z.File, func(entry *zip.File) bool { return entry.Name == "bootstrap" }) {
		return broken(at, "%s has no bootstrap: %s", source, elsewhere(f.LogicalID))
	}
	f.Zip, f.Folder = file, strings.TrimSuffix(filepath.Base(file), ".zip")
	return nil
}

// bases are the folders that Metadata goes by: the template's, and where a tool wrote that (cdk.out, .aws-sam/build), the
// project's own as well.
func bases(dir string) []string {
	list := []string{dir}
	for up, folder := 0, dir; up < maxNested; up++ {
		parent := filepath.Dir(folder)
		switch base := filepath.Base(folder); {
		case base == "cdk.out":
			list = append(list, parent)
		case base == "build" && filepath.Base(parent) == ".aws-sam":
			list = append(list, filepath.Dir(parent))
		}
		folder = parent
	}
	return list
}

// beside resolves Metadata: Beside, a list of folders. One that is not there may come: in the project's own folder.
func (s *scope) beside(r *resource, dir string) ([]string, error) {
	n, err := s.eval(r.meta.get("Beside"))
	if err != nil || n == nil {
		return nil, err
	}
	if n.kind != kindList {
		return nil, faultf(n.at, "%s: Beside must be a list of folders, not %s", r.id, n.kind)
	}
	var folders []string
	for _, item := range n.list {
		name, err := plain(item, r.id+" Beside")
		if err != nil {
			return nil, err
		}
		var folder string
		for _, base := range bases(dir) {
			if folder = filepath.FromSlash(name); !filepath.IsAbs(folder) {
				folder = filepath.Join(base, folder)
			}
			if info, err := os.Stat(folder); err == nil && info.IsDir() {
				break
			}
		}
		folders = append(folders, folder)
	}
	return folders, nil
}

// goPackage resolves Metadata: GoPackage.
func (s *scope) goPackage(at pos, name, dir string, f *function, broken func(pos, string, ...any) error) error {
	bases := bases(dir)
	if folder := importedFolder(name, bases, s.tags); folder != "" {
		bases, name = []string{""}, folder
	}
	for _, base := range bases {
		folder := filepath.FromSlash(name)
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(base, folder)
		}
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		if !isMain(folder, s.tags) {
			return broken(at, "GoPackage %s is no Go main package", name)
		}
		f.Package, f.Code, f.Folder = folder, folder, folderName(folder, f.LogicalID)
		return nil
	}
	return broken(at, "no folder %s: GoPackage is a path from the template's folder, or the import path of a package that its module needs", name)
}

// importedFolder returns the folder of the package of an import path, as the module around one of the folders, or around the
// working folder, has it; "" if there is none, or the name is no import path.
func importedFolder(name string, folders, tags []string) string {
	if host, _, deep := strings.Cut(name, "/"); !deep || !strings.Contains(strings.Trim(host, "."), ".") {
		return ""
	}
	for _, folder := range append(folders, "") {
		cmd := exec.Command("go", "list", "-find", "-tags", strings.Join(tags, ","), "-f", "{{.Dir}}", name)
		cmd.Dir = folder
		if out, err := cmd.Output(); err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	return ""
}

// codeFolder returns where the code is, "" when that is no local path.
func (s *scope) codeFolder(r *resource, dir string) (string, pos, error) {
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
		return assetOf(dir, v.get("S3Key")), n.at, nil
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

// isMain reports whether folder holds a Go main package for this machine, under those build tags.
func isMain(folder string, tags []string) bool {
	target := build.Default
	target.BuildTags = append(slices.Clone(target.BuildTags), tags...)
	files, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := target.MatchFile(folder, name); err != nil || !ok {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.PackageClauseOnly)
		if parsed != nil && parsed.Name != nil {
			return err == nil && parsed.Name.Name == "main"
		}
	}
	return false
}
