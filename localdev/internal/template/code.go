package template

import (
	"archive/zip"
	"cmp"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

// code finds what to run for a function; its error is why it cannot be run. In this order: the Go
// package that Metadata names, Go sources in the code folder, a bootstrap in it, an archive.
func (f *function) code(dir string) error {
	r := f.resource
	if n := r.meta.get("GoPackage"); n != nil {
		v, err := f.scope.eval(n)
		if err != nil {
			return err
		}
		folder, err := plain(v, "GoPackage")
		if err != nil {
			return err
		}
		if err := f.goPackage(n.at, folder, dir); err != nil {
			return err
		}
		if f.Beside, err = f.scope.beside(r, "Beside", dir); err != nil {
			return err
		}
		f.BesideJSON, err = f.scope.beside(r, "BesideJSON", dir)
		return err
	}
	kind, _ := r.text("PackageType")
	if kind == "Image" || r.props.get("ImageUri") != nil || r.props.get("Code").get("ImageUri") != nil {
		return faultf(r.at, "localdev runs no container images: %s", elsewhere(r.label))
	}
	if inline := cmp.Or(r.props.get("InlineCode"), r.props.get("Code").get("ZipFile")); inline != nil {
		return f.inline(inline)
	}
	source, at, err := f.codeFolder(dir)
	if err != nil {
		return err
	}
	if name, away := strings.CutPrefix(source, inS3); away {
		return faultf(at, "its code is in S3, and there is no %s beside the template: %s",
			path.Base(name), elsewhere(r.label))
	}
	folder := filepath.FromSlash(source)
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(dir, folder)
	}
	info, err := os.Stat(folder)
	if source != "" && err == nil && info.IsDir() {
		f.Code, f.Folder = folder, folderName(folder, r.label)
	}
	native := f.Runtime == "" || f.Runtime == "go1.x" || strings.HasPrefix(f.Runtime, "provided")
	switch {
	case !native && !managed.Knows(f.Runtime):
		return faultf(r.at, "localdev runs no %s by itself: %s", f.Runtime, elsewhere(r.label))
	case source == "" && native:
		return faultf(at, "its code is not in a local folder: name its Go main package in Metadata: GoPackage")
	case source == "":
		return faultf(at, "its code is not in a local folder: %s", elsewhere(r.label))
	case err != nil:
		return f.missingFolder(at, source, native)
	case !info.IsDir():
		return f.archive(at, source, folder)
	case native:
		return f.program(at, source, folder)
	}
	return f.built(at, folder)
}

// inline takes up code that stands in the template.
func (f *function) inline(code *node) error {
	v, err := f.scope.eval(code)
	if err != nil {
		return err
	}
	if f.Inline, err = plain(v, "its inline code"); err != nil {
		return err
	}
	if !managed.Knows(f.Runtime) {
		return faultf(f.resource.at, "code that stands in the template is for nodejs and python, not for %q: %s",
			f.Runtime, elsewhere(f.LogicalID))
	}
	return nil
}

// missingFolder tells what to do for a code folder that is not there.
func (f *function) missingFolder(at pos, source string, native bool) error {
	switch {
	case f.resource.meta.get("BuildMethod") != nil:
		return faultf(at, "no folder %s: %s", source, samBuild)
	case native:
		return faultf(at, "no folder %s: build it, or name its Go main package in Metadata: GoPackage", source)
	}
	kind := "folder"
	if ext := filepath.Ext(source); ext == ".zip" || ext == ".jar" {
		kind = "file"
	}
	return faultf(at, "no %s %s: build it, then start localdev again", kind, source)
}

// samBuild is what to do for a function that SAM builds from its sources.
const samBuild = "build it with sam build, and start localdev with -template .aws-sam/build/template.yaml"

// program takes up a folder with Go sources or a bootstrap.
func (f *function) program(at pos, source, folder string) error {
	if isMain(folder, f.scope.tags) {
		f.Package = folder
		return f.oldLambda(at, folder)
	}
	name := f.entry()
	binary := filepath.Join(folder, filepath.FromSlash(name))
	if _, err := os.Stat(binary); err != nil {
		do := "build it, or name the package in Metadata: GoPackage"
		if f.resource.meta.get("BuildMethod") != nil {
			do = samBuild
		}
		what := "folder " + source
		if f.Runtime == "" {
			what = "it has no Runtime, and " + what // which is often why
		}
		return faultf(at, "%s has neither a %s nor a Go main package: %s", what, name, do)
	}
	if reason := CannotRun(binary); reason != "" {
		return faultf(at, "%s/%s %s: build it for this machine, or name its Go main package in Metadata: GoPackage",
			source, name, reason)
	}
	f.Binary = binary
	return nil
}

// entry is the file that runs where Lambda has no runtime for it: what Handler names for the
// runtime go1.x, which many templates still have, else bootstrap.
func (f *function) entry() string {
	if f.Runtime == "go1.x" {
		return f.Handler
	}
	return "bootstrap"
}

// typeScript are the endings of sources that node runs once they are built, and of what they
// become.
var typeScript, javaScript = []string{".ts", ".mts", ".cts", ".tsx"}, []string{".js", ".mjs", ".cjs"}

// built finds a Node function of which only the TypeScript is there. All else that is wrong with a
// handler, its runtime tells.
func (f *function) built(at pos, folder string) error {
	if !strings.HasPrefix(f.Runtime, "nodejs") {
		return nil
	}
	slash := strings.LastIndex(f.Handler, "/") + 1
	name, _, _ := strings.Cut(f.Handler[slash:], ".")
	file := filepath.Join(folder, filepath.FromSlash(f.Handler[:slash]), name)
	if hasFile(file, javaScript) != "" {
		return nil
	}
	source := hasFile(file, typeScript)
	switch {
	case source == "" && f.resource.meta.get("BuildMethod") == nil:
		return nil
	case source == "":
		return faultf(at, "its Handler %s is not there: %s", f.Handler, samBuild)
	case f.resource.meta.get("BuildMethod") != nil:
		return faultf(at, "its Handler %s is there as %s only: %s", f.Handler, filepath.Base(source), samBuild)
	}
	return faultf(at, "its Handler %s is there as %s only: compile it, and let CodeUri name the folder that it is "+
		"compiled into, or let sam build do it", f.Handler, filepath.Base(source))
}

// hasFile returns the file with one of these endings, "" if there is none.
func hasFile(file string, endings []string) string {
	for _, ending := range endings {
		if info, err := os.Stat(file + ending); err == nil && !info.IsDir() {
			return file + ending
		}
	}
	return ""
}

// elsewhere says how a function runs that localdev cannot run by itself.
func elsewhere(id string) string {
	return "run it with -exec '" + id + "=COMMAND' or -lambda URL, or name a Go main package in Metadata: GoPackage"
}

// archive takes up a zip. Whether a bootstrap in it runs here is known once it is unpacked.
func (f *function) archive(at pos, source, file string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return faultf(at, "%s is neither a folder nor a zip that can be read", source)
	}
	defer z.Close()
	if !managed.Knows(f.Runtime) {
		f.Program = f.entry()
		if !slices.ContainsFunc(z.File, func(entry *zip.File) bool { return entry.Name == f.Program }) {
			return faultf(at, "%s has no %s: %s", source, f.Program, elsewhere(f.LogicalID))
		}
	}
	f.Zip, f.Folder = file, strings.TrimSuffix(filepath.Base(file), ".zip")
	return nil
}

// codeFolder returns where the code is, "" when that is no local path.
func (f *function) codeFolder(dir string) (string, pos, error) {
	r := f.resource
	if asset := r.meta.get("aws:asset:path"); asset.scalar() {
		return asset.text, asset.at, nil
	}
	for _, property := range []string{"CodeUri", "Code"} {
		n := r.props.get(property)
		if n == nil {
			continue
		}
		v, err := f.scope.eval(n)
		if err != nil {
			return "", n.at, err
		}
		return localCode(dir, v), n.at, nil
	}
	if r.sam {
		return ".", r.at, nil // as for sam build
	}
	return "", r.at, nil
}

// localCode returns the path of code. What it names in S3 may lie here: CDK tells where, and the
// Serverless Framework puts it beside the template. The code of AWS::Lambda::Function is a path too
// before `aws cloudformation package` uploads it.
func localCode(dir string, code *node) string {
	key := code.plainText()
	if code != nil && code.kind == kindMap {
		key = cmp.Or(code.get("S3Key").plainText(), code.get("Key").plainText())
	} else if !strings.Contains(key, "://") && !strings.Contains(key, onlyOnAWS) {
		return key
	}
	if asset := assetOf(dir, key); asset != "" {
		return asset
	}
	name := path.Base(key)
	if !strings.HasSuffix(name, ".zip") || strings.Contains(name, onlyOnAWS) {
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		return inS3 + name
	}
	return name
}

// inS3 is in front of the path of code that is not here.
const inS3 = "s3://"

// folderName is the base name of a function's folder; CDK's asset.{hash} says nothing, so the
// logical ID stands in.
func folderName(folder, id string) string {
	if base := filepath.Base(folder); !strings.HasPrefix(base, "asset.") {
		return base
	}
	return id
}

// beside resolves Metadata: Beside or BesideJSON, a list of folders. One that is not there may come:
// in the project's own folder.
func (s *scope) beside(r *resource, key, dir string) ([]string, error) {
	n, err := s.eval(r.meta.get(key))
	if err != nil || n == nil {
		return nil, err
	}
	if n.kind != kindList {
		return nil, faultf(n.at, "%s must be a list of folders, not %s", key, n.kind)
	}
	var folders []string
	for _, item := range n.list {
		name, err := plain(item, key)
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
